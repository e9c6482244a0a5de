import { createWriteStream } from 'node:fs';
import type { InterceptorFactory, Message } from 'ioncore';

/** A request whose answer has not left yet. */
interface OpenRequest {
  readonly user: string;
  readonly sender: string;
  readonly receiver: string;
  readonly op: string;
  readonly startedAt: number;
  readonly budgetMs: number;
  /** Progress moves it on. */
  deadlineAt: number;
}

/** How often requests are looked for that nobody has answered in time. */
const sweepMs = 1_000;

/**
 * Appends one line of JSON to `args.file` for every request that comes in, when its answer leaves:
 * `{"at", "user", "sender", "receiver", "op", "outcome", "ms"}`. The outcome is `ok`, an error's code, or `unanswered` once the caller's time is over
 * or the container stops. It belongs at the end of the stack: there it sees requests before anybody refuses them, and answers as they leave.
 */
export const audit: InterceptorFactory = ({ file }, { env, logger, onStop }) => {
  if (typeof file !== 'string') throw new TypeError("args.file: expected the path of a file, 'audit.jsonl'");
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  stream.on('error', (error) => logger.error('the audit file cannot be written', { file, error }));
  const open = new Map<string, OpenRequest[]>();
  let sweep: { cancel(): void } | undefined;

  const began = (message: Message): void => {
    const { sender, receiver, op, budgetMs } = message;
    const startedAt = env.clock.now();
    const request = {
      user: String(message.headers?.['user-id'] ?? 'ANONYMOUS'),
      sender: sender === '' ? 'a JSON peer' : sender,
      receiver,
      op,
      startedAt,
      budgetMs,
      deadlineAt: budgetMs > 0 ? startedAt + budgetMs : Number.POSITIVE_INFINITY,
    };
    const key = keyOf(message, sender);
    // A JSON peer may leave the id out; then the answers are told apart by their order.
    open.set(key, [...(open.get(key) ?? []), request]);
    sweep ??= env.clock.timer(sweepMs, sweepOnce);
  };

  const spoke = (message: Message): void => {
    const key = keyOf(message, message.receiver);
    const requests = open.get(key);
    const [request] = requests ?? [];
    if (requests === undefined || request === undefined) return;
    if (message.performative === 'inform_progress') {
      request.deadlineAt = env.clock.now() + request.budgetMs;
    } else if (message.performative !== 'agree') {
      requests.shift();
      if (requests.length === 0) open.delete(key);
      write(request, outcomeOf(message));
    }
  };

  const write = ({ user, sender, receiver, op, startedAt }: OpenRequest, outcome: string): void => {
    const at = new Date(env.clock.wall()).toISOString();
    const ms = Math.round(env.clock.now() - startedAt);
    stream.write(`${JSON.stringify({ at, user, sender, receiver, op, outcome, ms })}\n`);
  };

  /** Gives up requests that are due at `moment`. */
  const giveUp = (moment: number): void => {
    for (const [key, requests] of open) {
      for (const request of requests) if (request.deadlineAt <= moment) write(request, 'unanswered');
      const left = requests.filter(({ deadlineAt }) => deadlineAt > moment);
      if (left.length > 0) open.set(key, left);
      else open.delete(key);
    }
  };

  const sweepOnce = (): void => {
    giveUp(env.clock.now());
    sweep = open.size > 0 ? env.clock.timer(sweepMs, sweepOnce) : undefined;
  };

  onStop(() => {
    sweep?.cancel();
    giveUp(Number.POSITIVE_INFINITY);
    return new Promise((resolve) => stream.end(resolve));
  });

  return ({ path, message }, next) => {
    if (path === 'in' && message.performative === 'request') began(message);
    if (path === 'out' && message.op === 'result') spoke(message);
    next();
  };
};

/** A conversation is its initiator's. */
function keyOf({ conversationId }: Message, initiator: string): string {
  return `${initiator}/${conversationId}`;
}

function outcomeOf({ performative, content }: Message): string {
  if (performative === 'inform_result') return 'ok';
  const isError = typeof content === 'object' && content !== null && 'code' in content;
  return isError ? String(content.code) : performative;
}
