import type { ProtoFile } from './proto-file.ts';

/**
 * Reads a `.proto` file with what it imports; `read` gives the text of a file, undefined if there is none. `only`: this service alone, by
 * its full name. The parser is loaded with the first call.
 *
 * @throws (as rejection) ConfigurationError naming file and line of what is wrong
 */
export async function readProto(
  file: string,
  read: (path: string) => string | undefined,
  only?: string,
): Promise<ProtoFile> {
  const { parseProto } = await import('./parse-proto.ts');
  return parseProto(file, read, only);
}
