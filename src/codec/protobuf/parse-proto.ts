import protobuf from 'protobufjs';
import { presenceOf } from './field-presence.ts';
import { namespaceOf } from './namespace-of.ts';
import type {
  ProtoEnumInfo,
  ProtoFieldInfo,
  ProtoFile,
  ProtoMessageInfo,
  ProtoMethodInfo,
  ProtoServiceInfo,
} from './proto-file.ts';
import { escaped, ProtoSources, type ReadText } from './proto-sources.ts';

/**
 * Reads a `.proto` file with what it imports. Loads protobufjs's parser, so it is imported only when it is needed.
 *
 * @param only take this service alone, by its full name
 * @throws ConfigurationError naming file and line of what is wrong
 */
export function parseProto(file: string, read: ReadText, only?: string): ProtoFile {
  const sources = new ProtoSources(read);
  sources.load(file);
  checkReferences(sources);
  // Extensions whose messages are not here; they travel as unknown fields.
  sources.root.deferred.length = 0;
  sources.root.resolveAll();
  const services = all(sources.root, protobuf.Service).filter(
    (service) => service.filename === file && (only === undefined || nameOf(service) === only),
  );
  const used = usedTypes(services);
  return {
    services: services.map((service) => describeService(sources, service)),
    types: used.map((type) => (type instanceof protobuf.Enum ? describeEnum(type) : describeMessage(type))),
    namespace: namespaceOf(used),
  };
}

/** protobufjs does not say where a name is that leads nowhere. */
function checkReferences(sources: ProtoSources): void {
  for (const type of all(sources.root, protobuf.Type)) {
    for (const { name, type: reference, filename } of type.fieldsArray) {
      if (reference in protobuf.types.basic || type.lookup(reference, [protobuf.Type, protobuf.Enum]))
        continue;
      const line = new RegExp(`${escaped(reference)}\\b.*\\b(${name}|${snake(name)})\\b\\s*=`);
      throw sources.problem(
        filename,
        line,
        `field '${name}' is of type '${reference}', which is not defined`,
      );
    }
  }
  for (const service of all(sources.root, protobuf.Service)) {
    for (const { name, requestType, responseType } of service.methodsArray) {
      for (const reference of [requestType, responseType]) {
        if (service.lookup(reference, [protobuf.Type])) continue;
        const line = new RegExp(`\\brpc\\s+${name}\\b`);
        throw sources.problem(
          service.filename,
          line,
          `rpc '${name}' names message '${reference}', which is not defined`,
        );
      }
    }
  }
}

/** Everything of one class in a namespace, what is nested too, in the order of the text. */
function all<T extends protobuf.ReflectionObject>(
  namespace: protobuf.NamespaceBase,
  Kind: abstract new (...args: never[]) => T,
): T[] {
  return namespace.nestedArray.flatMap((nested) => [
    ...(nested instanceof Kind ? [nested] : []),
    ...(nested instanceof protobuf.Namespace || nested instanceof protobuf.Type ? all(nested, Kind) : []),
  ]);
}

/** The messages and enums that the rpcs name, and those inside. */
function usedTypes(services: readonly protobuf.Service[]): (protobuf.Type | protobuf.Enum)[] {
  const used = new Set<protobuf.Type | protobuf.Enum>();
  const add = (type: protobuf.Type | protobuf.Enum | null): void => {
    if (type === null || used.has(type)) return;
    used.add(type);
    if (type instanceof protobuf.Type)
      for (const field of type.fieldsArray) add(field.resolve().resolvedType);
  };
  for (const { methodsArray } of services) {
    for (const method of methodsArray) {
      method.resolve();
      add(method.resolvedRequestType);
      add(method.resolvedResponseType);
    }
  }
  return [...used];
}

function describeService(sources: ProtoSources, service: protobuf.Service): ProtoServiceInfo {
  return {
    fullName: nameOf(service),
    name: service.name,
    comment: service.comment ?? undefined,
    methods: service.methodsArray.map((method) => describeMethod(sources, method)),
  };
}

function describeMethod(sources: ProtoSources, method: protobuf.Method): ProtoMethodInfo {
  if (method.requestStream === true) {
    const line = new RegExp(`\\brpc\\s+${method.name}\\b`);
    const remedy = 'an operation takes one message: leave out the first `stream`';
    throw sources.problem(
      method.parent?.filename ?? null,
      line,
      `rpc '${method.name}' takes a stream; ${remedy}`,
    );
  }
  const level: unknown = method.options?.idempotency_level;
  return {
    name: method.name,
    comment: method.comment ?? undefined,
    content: nameOf(method.resolvedRequestType),
    result: nameOf(method.resolvedResponseType),
    isStream: method.responseStream === true,
    isIdempotent: level === 'IDEMPOTENT' || level === 'NO_SIDE_EFFECTS',
  };
}

function describeMessage(type: protobuf.Type): ProtoMessageInfo {
  return {
    fullName: nameOf(type),
    package: packageOf(type),
    comment: type.comment ?? undefined,
    fields: type.fieldsArray.map(describeField),
  };
}

function describeField(field: protobuf.Field): ProtoFieldInfo {
  return {
    name: field.name,
    comment: field.comment ?? undefined,
    presence: presenceOf(field),
    type: field.resolvedType === null ? field.type : nameOf(field.resolvedType),
    isScalar: field.resolvedType === null,
    jstype: field.options?.jstype,
  };
}

function describeEnum(type: protobuf.Enum): ProtoEnumInfo {
  return {
    fullName: nameOf(type),
    package: packageOf(type),
    comment: type.comment ?? undefined,
    values: Object.keys(type.values).map((name) => ({ name, comment: type.comments[name] ?? undefined })),
  };
}

/** Full name without the leading dot. */
function nameOf(object: protobuf.ReflectionObject | null): string {
  return object?.fullName.slice(1) ?? '';
}

/** The names around it that are no message's. */
function packageOf(type: protobuf.ReflectionObject): string {
  let at = type.parent;
  while (at instanceof protobuf.Type) at = at.parent;
  return nameOf(at);
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
