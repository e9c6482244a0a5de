import type { ProtoFile } from '../codec/index.ts';

/** Names that the generated module needs for itself. */
const taken: readonly string[] = [
  'Date',
  'Record',
  'Uint8Array',
  'ProtoNamespace',
  'ProtoOperation',
  'protoService',
  'protoTypes',
];

/**
 * The names of messages and enums in a generated module, by their full names: what stands after the package, `Outer_Inner` for nested
 * ones. Where two would have the same, or one that is taken, the package stands before.
 */
export function typeNames({ types, services }: ProtoFile): ReadonlyMap<string, string> {
  const counts = new Map<string, number>(taken.map((name) => [name, 1]));
  for (const { name } of services) counts.set(name, 1);
  const short = types.map((type) => {
    const own = type.package === '' ? type.fullName : type.fullName.slice(type.package.length + 1);
    const name = own.replaceAll('.', '_');
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return { type, name };
  });
  return new Map(
    short.map(({ type, name }) => {
      const isAlone = counts.get(name) === 1;
      const whole = type.package === '' ? `${name}_` : type.fullName.replaceAll('.', '_');
      return [type.fullName, isAlone ? name : whole];
    }),
  );
}
