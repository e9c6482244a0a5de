import type { Container } from '../container/index.ts';
import type { Contract, Operation, ProcessInfo } from '../process/index.ts';
import { describeSchema } from './schema-text.ts';

/** An operation as people are shown it. */
export interface OperationInfo {
  readonly name: string;
  /** Types in words; undefined where no contract says. */
  readonly content: string | undefined;
  readonly result: string | undefined;
  readonly idempotent: boolean;
}

/** Who answers to a name or id in this container. */
export interface ReceiverInfo {
  readonly name: string;
  /** The contract's; undefined without one. */
  readonly version: string | undefined;
  readonly className: string;
  readonly instances: number;
  readonly operations: readonly OperationInfo[];
}

/** What every process answers besides its own operations, for people. */
const pingInfo: OperationInfo = { name: 'ping', content: 'null', result: '{pong: string}', idempotent: true };
/** Orders of the container to its own processes: not for typing. */
const unlisted: ReadonlySet<string> = new Set(['ping', 'sys_procexit']);

/** The services that a container hosts, in the order of their first instance. */
export function hostedServices(container: Container): readonly ReceiverInfo[] {
  const byName = new Map<string, ProcessInfo[]>();
  for (const process of container.processes.list()) {
    if (process.service === undefined) continue;
    const instances = byName.get(process.service);
    if (instances === undefined) byName.set(process.service, [process]);
    else instances.push(process);
  }
  return [...byName].flatMap(([name, [first, ...others]]) =>
    first === undefined ? [] : [describe(container, name, first, others.length + 1)],
  );
}

/** The processes of a container, each by its id. */
export function hostedProcesses(container: Container): readonly ReceiverInfo[] {
  return container.processes.list().map((process) => describe(container, process.id, process, 1));
}

function describe(container: Container, name: string, process: ProcessInfo, instances: number): ReceiverInfo {
  const processClass = container.processes.get(process.id)?.constructor;
  const contract = processClass === undefined ? undefined : contractOf(processClass);
  const own =
    contract === undefined
      ? process.operations.filter((operation) => !unlisted.has(operation))
      : Object.keys(contract.operations);
  return {
    name,
    version: contract?.version,
    className: processClass?.name || process.name,
    instances,
    operations: [
      ...own.map((operation) => describeOperation(operation, contract?.operations[operation])),
      pingInfo,
    ],
  };
}

function describeOperation(name: string, operation: Operation | undefined): OperationInfo {
  return {
    name,
    content: operation && describeSchema(operation.content),
    result: operation && describeSchema(operation.result),
    idempotent: operation?.idempotent ?? false,
  };
}

/** A class of processes carries its contract, if it has one, as a static member. */
function contractOf(processClass: object): Contract | undefined {
  const contract: unknown = 'contract' in processClass ? processClass.contract : undefined;
  return isContract(contract) ? contract : undefined;
}

function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'operations' in value && 'version' in value;
}
