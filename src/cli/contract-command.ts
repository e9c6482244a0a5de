import {
  type ContractChange,
  type ContractDescription,
  contractDiff,
  isMajorRaised,
} from '../process/index.ts';
import { readContracts } from './contract-source.ts';
import { exitCode } from './exit-code.ts';

/** `ioncore contract diff` or `ioncore contract show` as it was given. */
export type ContractArguments =
  | {
      readonly command: 'contract';
      readonly action: 'diff';
      /** Modules, or JSON files that `show` wrote: what is deployed, and its successor. */
      readonly older: string;
      readonly newer: string;
      readonly json: boolean;
    }
  | {
      readonly command: 'contract';
      readonly action: 'show';
      readonly source: string;
      readonly json: boolean;
    };

/** What the command touches of the outside, besides files. */
export interface ContractWorld {
  readonly stdout: { write(text: string): unknown };
}

/** What has become of one service. */
interface ServiceDiff {
  readonly service: string;
  /** Versions; null where the service is missing on that side. */
  readonly from: string | null;
  readonly to: string | null;
  readonly changes: readonly ContractChange[];
  /** Whether something breaks that the version does not announce: its major is not raised. */
  readonly isUnannounced: boolean;
}

/**
 * `ioncore contract show`: the contracts of a module, in few lines, or as the JSON that `diff` reads. `ioncore contract diff`: every change
 * from one file's contracts to another's. Resolves with the exit code: 1 if something breaks under the same major version, or a service is gone.
 *
 * @throws ConfigurationError for a file that cannot be loaded or holds no contract
 */
export async function runContract(args: ContractArguments, { stdout }: ContractWorld): Promise<number> {
  if (args.action === 'show') {
    const contracts = await readContracts(args.source);
    const [first] = contracts;
    const whole = contracts.length === 1 ? first : contracts;
    stdout.write(args.json ? jsonText(whole) : contracts.map(showText).join('\n'));
    return exitCode.ok;
  }
  const diffs = compare(await readContracts(args.older), await readContracts(args.newer));
  stdout.write(args.json ? jsonText(diffs) : diffs.map(diffText).join(''));
  return diffs.some(({ isUnannounced }) => isUnannounced) ? exitCode.failed : exitCode.ok;
}

/** Each service of either side; the only one of both sides is compared although its name may have changed. */
function compare(
  older: readonly ContractDescription[],
  newer: readonly ContractDescription[],
): readonly ServiceDiff[] {
  const [onlyOld, onlyNew] = [older[0], newer[0]];
  if (older.length === 1 && newer.length === 1 && onlyOld !== undefined && onlyNew !== undefined)
    return [diffOf(onlyOld, onlyNew)];
  const left = new Set(newer);
  const diffs = older.map((before) => {
    const after = counterpart(before, [...left]);
    if (after === undefined) return gone(before);
    left.delete(after);
    return diffOf(before, after);
  });
  return [...diffs, ...[...left].map(added)];
}

/** Of several major versions of one service, the one of the same major; else the first. */
function counterpart(
  contract: ContractDescription,
  candidates: readonly ContractDescription[],
): ContractDescription | undefined {
  const namesakes = candidates.filter(({ name }) => name === contract.name);
  return (
    namesakes.find((other) => !isMajorRaised(contract, other) && !isMajorRaised(other, contract)) ??
    namesakes[0]
  );
}

function diffOf(before: ContractDescription, after: ContractDescription): ServiceDiff {
  const changes = contractDiff(before, after);
  const isUnannounced = changes.some(({ breaking }) => breaking) && !isMajorRaised(before, after);
  return { service: before.name, from: before.version, to: after.version, changes, isUnannounced };
}

function gone({ name, version }: ContractDescription): ServiceDiff {
  return { service: name, from: version, to: null, changes: [], isUnannounced: true };
}

function added({ name, version }: ContractDescription): ServiceDiff {
  return { service: name, from: null, to: version, changes: [], isUnannounced: false };
}

function diffText({ service, from, to, changes, isUnannounced }: ServiceDiff): string {
  if (to === null) return `${service} ${from}: BREAKING: the service is gone\n`;
  if (from === null) return `${service} ${to}: new service\n`;
  const lines = changes.map(({ operation, path, breaking, text }) => {
    const place = [operation, path].filter((word) => word !== '').join(' ');
    return `  ${breaking ? 'BREAKING ' : ''}${place === '' ? '' : `${place}: `}${text}\n`;
  });
  const breaking = changes.filter(({ breaking }) => breaking).length;
  return `${service} ${from} -> ${to}: ${verdict(changes.length, breaking, isUnannounced, from)}\n${lines.join('')}`;
}

function verdict(changes: number, breaking: number, isUnannounced: boolean, from: string): string {
  if (changes === 0) return 'no changes';
  const counted = `${changes} change${changes === 1 ? '' : 's'}`;
  if (breaking === 0) return `${counted}, nothing breaks`;
  const next = `${Number(from.split('.', 1)[0]) + 1}.0.0`;
  return `${counted}, ${breaking} breaking${isUnannounced ? `; raise the version to ${next}` : ', as the new major version says'}`;
}

function showText({ name, version, operations }: ContractDescription): string {
  const lines = Object.entries(operations).map(([operation, { reply, idempotent, errors }]) => {
    const facts = [
      ...(reply === 'stream' ? ['stream'] : []),
      ...(idempotent ? ['idempotent'] : []),
      ...Object.keys(errors).map((code) => `throws ${code}`),
    ];
    return `  ${operation}${facts.length === 0 ? '' : `  (${facts.join(', ')})`}\n`;
  });
  return `${name} ${version}\n${lines.join('')}`;
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
