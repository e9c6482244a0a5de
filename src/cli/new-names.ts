import { stringify } from 'yaml';
import { messageOf } from '../errors/index.ts';
import { assertName } from '../exchange/index.ts';
import { UsageError } from './usage-error.ts';

/** What a new project calls things; the keys are the placeholders of the templates. */
export interface ProjectNames {
  /** The service's name, which is also the app's and that of the files. */
  readonly name: string;
  /** The same as a YAML scalar that is text: `'null'`, but `tides`. */
  readonly yamlName: string;
  /** The exported contract: `NavTides` for `nav.tides`. */
  readonly contract: string;
  /** The exported class: `NavTidesService`. */
  readonly class: string;
  /** The name in `package.json`: `nav.tides-service`. The ending keeps it apart from what the project depends on. */
  readonly package: string;
}

/** What the templates import by name, next to the contract. */
const importedNames: readonly string[] = ['Container', 'Handlers', 'ServiceProcess', 'Type'];

/**
 * The names of a project for the service `name`.
 *
 * @throws UsageError for a name that no service can have, and for one that begins with '-': its files would be read as options
 */
export function projectNames(name: string): ProjectNames {
  try {
    assertName(name, 'service name');
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  if (name.startsWith('-')) {
    throw new UsageError(`service name '${name}' begins with '-', as options do; let it begin with a letter`);
  }
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  const base = /^[A-Z]/.test(joined) ? joined : `Service${joined}`;
  const isTaken = importedNames.includes(base) || base in globalThis;
  return {
    name,
    yamlName: stringify(name).trimEnd(),
    contract: isTaken ? `${base}Contract` : base,
    class: `${base}Service`,
    package: `${name.toLowerCase().replace(/^[^a-z0-9]+/, '') || 'ioncore'}-service`,
  };
}
