import { ConflictError, ContainerError } from '../errors/index.ts';
import { type Identity, processId } from '../exchange/index.ts';
import type { Logger } from '../logging/index.ts';
import type { Contract } from './contract.ts';
import {
  type ContractDescription,
  contractDescription,
  isContractDescription,
} from './contract-description.ts';
import { type ContractChange, contractDiff } from './contract-diff.ts';
import type { Conversations, ServiceExchange } from './seams.ts';

/** How long whoever serves a name already has to tell its contract. */
const answerMs = 2000;

/** What a {@link ContractGuard} works with. */
export interface ContractGuardParts {
  readonly identity: Identity;
  readonly conversations: Pick<Conversations, 'ask'>;
  readonly exchange: Pick<ServiceExchange, 'inspectService'>;
  readonly logger: Logger;
}

/** So many changes are told in a message; `details.changes` has all. */
const maxTold = 10;

/**
 * Keeps instances apart that would break each other's callers: those who serve one name share its calls, so their contracts must
 * fit together, whatever container they are in.
 */
export class ContractGuard {
  readonly #parts: ContractGuardParts;

  constructor(parts: ContractGuardParts) {
    this.#parts = parts;
  }

  /**
   * Compares a contract with that of somebody who serves `service` elsewhere. Nobody there, an untyped service, or no answer inside 2 s (that is
   * logged): nothing stands against it. Two who begin at the same moment do not see each other.
   *
   * @throws ConflictError naming each breaking change
   */
  async assertFitsOthers(service: string, contract: Contract): Promise<void> {
    const running = await this.#askOthers(service);
    if (running !== undefined) this.assertFits(service, contract, running);
  }

  /** Compares a contract with one that is served already. @throws ConflictError naming each breaking change */
  assertFits(service: string, joining: Contract, running: Contract | ContractDescription): void {
    if (joining === running) return;
    const [mine, theirs] = [contractDescription(joining), contractDescription(running)];
    const isOlder = compareVersions(mine.version, theirs.version) < 0;
    const [older, newer] = isOlder ? [mine, theirs] : [theirs, mine];
    // A name may be given at spawn; the contract's own does not matter then.
    const breaking = contractDiff(older, newer).filter(({ breaking, kind }) => breaking && kind !== 'name');
    if (breaking.length === 0) return;
    throw new ConflictError(
      `service '${service}': version ${mine.version} cannot join version ${theirs.version}, which is running, since callers of ${older.version} would break: ${listOf(breaking)}. Raise the major version, or stop what is running first`,
      {
        details: {
          service,
          joining: mine.version,
          running: theirs.version,
          changes: breaking.map(({ operation, path, kind, text }) => ({ operation, path, kind, text })),
        },
      },
    );
  }

  async #askOthers(service: string): Promise<ContractDescription | undefined> {
    const { identity, conversations, exchange, logger } = this.#parts;
    try {
      const queue = await exchange.inspectService(service);
      if (queue === undefined || queue.consumers === 0) return undefined;
      const asking = processId(identity.container, 0);
      const options = { timeoutMs: answerMs, idempotent: true };
      const answer = await conversations.ask(asking, service, 'contract', null, options);
      if (isContractDescription(answer)) return answer;
      logger.warn('a service answered no contract, so ours is not compared with it', { service });
    } catch (error) {
      const isUntyped = error instanceof ContainerError && error.code === 'NotFound';
      if (isUntyped) logger.debug('a service has no contract to compare ours with', { service });
      else
        logger.warn('nobody told the contract of a service, so ours is not compared with it', {
          service,
          error,
        });
    }
    return undefined;
  }
}

function listOf(changes: readonly ContractChange[]): string {
  const told = changes
    .slice(0, maxTold)
    .map(
      ({ operation, path, text }) => `${[operation, path].filter((word) => word !== '').join(' ')}: ${text}`,
    );
  const more = changes.length - told.length;
  return told.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Below 0 if `a` comes before `b` (semantic versioning, of pre-releases only that they come before their release). */
function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parts(version: string): readonly number[] {
  const [core = '', prerelease] = version.replace(/\+.*$/, '').split(/-(.*)/s);
  return [...core.split('.').map(Number), prerelease === undefined ? 1 : 0];
}
