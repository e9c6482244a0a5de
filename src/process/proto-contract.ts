import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ProtoServiceInfo, readProto } from '../codec/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import { closest } from '../util/index.ts';
import type { Contract, Operations } from './contract.ts';
import { type ProtoOperationDefinition, protoService } from './proto-service.ts';
import type { ProtoOperation } from './proto-types.ts';

/**
 * The contract of a service in a `.proto` file: the same as the module that `ioncore proto` generates, without generation. `O` says which
 * operations there are and their types, and nobody compares it with the file; content and results are checked at run time.
 *
 * @param file a path, from the working directory, or a `file:` URL
 * @param service its full name
 * @throws (as rejection) ConfigurationError naming file and line of what is wrong in it, or in what it imports
 * @example
 * export const Hello = await fromProto<{ SayHello: ProtoOperation }>(
 *   new URL('hello.proto', import.meta.url), 'ioncore.example.v1.HelloService');
 */
export async function fromProto<O extends Operations = Readonly<Record<string, ProtoOperation>>>(
  file: string | URL,
  service: string,
): Promise<Contract<O>> {
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  const { services, namespace } = await readProto(path, readText, service);
  const [found] = services;
  if (found === undefined) throw await noSuchService(path, service);
  return protoService<O>({ name: found.fullName, operations: protoOperations(found), types: namespace });
}

/** The rpcs of a service as {@link protoService} takes them. */
export function protoOperations(
  service: ProtoServiceInfo,
): Readonly<Record<string, ProtoOperationDefinition>> {
  const entries = service.methods.map(({ name, content, result, isStream, isIdempotent }) => {
    const definition: ProtoOperationDefinition = {
      content,
      result,
      ...(isStream && { reply: 'stream' }),
      ...(isIdempotent && { idempotent: true }),
    };
    return [name, definition] as const;
  });
  return Object.fromEntries(entries);
}

/** The text of a file; undefined if there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code: unknown =
      typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw new ConfigurationError(`${path} cannot be read`, { cause: error });
  }
}

async function noSuchService(path: string, service: string): Promise<ConfigurationError> {
  const names = (await readProto(path, readText)).services.map(({ fullName }) => fullName);
  const near = closest(service, names);
  const hint = near === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean '${near}'?`;
  return new ConfigurationError(`${path} has no service '${service}'; ${hint}`);
}
