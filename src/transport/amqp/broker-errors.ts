import { isNativeError } from 'node:util/types';
import {
  BadRequestError,
  ConflictError,
  ContainerError,
  ForbiddenError,
  NoReceiverError,
  UnavailableError,
} from '../../errors/index.ts';
import type { OutboundMessage } from '../types.ts';
import type { BrokerUrl } from './broker-url.ts';

/** What was being done when the broker refused; some of its codes mean different things for different methods. */
export type BrokerAction = 'declare' | 'consume' | 'other';

/**
 * The error that a refused AMQP method stands for; `what` says what was tried ("declare queue \"a\""). 406 is `TopologyConflict` with
 * `details.argument` named as AMQP does; 405 is that too for a declaration (argument `exclusive`), else `Conflict`; 404 is
 * `NoReceiver`, with `details.reason` `down` for what exists and is not up; 403 `Forbidden`, or `Conflict` where a consumer has exclusive use; a queue type that is switched off is `BadRequest`; anything
 * else `Unavailable`.
 */
export function toBrokerError(action: BrokerAction, what: string, thrown: unknown): ContainerError {
  if (thrown instanceof ContainerError) return thrown;
  const cause = toError(thrown);
  const said = replyText(cause);
  const message = `Could not ${what}: ${said}`;
  switch (replyCode(cause)) {
    case 406: {
      // A stream that RabbitMQ is just making.
      if (said.includes('does not have a running replica')) return notUp(message, cause);
      const argument = /inequivalent arg '([^']*)'/.exec(said)?.[1];
      if (argument === undefined) return new BadRequestError(message, { cause });
      return new ContainerError('TopologyConflict', message, { cause, details: { argument } });
    }
    case 405:
      if (action !== 'declare') return new ConflictError(message, { cause });
      return new ContainerError(
        'TopologyConflict',
        `Could not ${what}: it is exclusive to another connection (${said})`,
        { cause, details: { argument: 'exclusive' } },
      );
    case 541:
      // For this refusal RabbitMQ closes the whole connection.
      if (!said.includes('feature flag is disabled')) return new UnavailableError(message, { cause });
      return new BadRequestError(`${message}. Enable it: rabbitmqctl enable_feature_flag all`, { cause });
    case 404:
      // A stream that RabbitMQ is still starting, after a start of its own.
      if (said.includes('is down or inaccessible')) return notUp(message, cause);
      return new NoReceiverError(message, { cause });
    case 403:
      return new (said.includes('exclusive') ? ConflictError : ForbiddenError)(message, { cause });
    default:
      return new UnavailableError(message, { cause });
  }
}

function notUp(message: string, cause: Error): NoReceiverError {
  return new NoReceiverError(message, { cause, details: { reason: 'down' } });
}

/** The error that a failed attempt to open a connection stands for: `BrokerRefused` for login and vhost, else `BrokerUnreachable`. */
export function toConnectError(url: BrokerUrl, thrown: unknown): ContainerError {
  if (thrown instanceof ContainerError) return thrown;
  const cause = toError(thrown);
  const refused = (problem: string) =>
    new ContainerError('BrokerRefused', `${url.label}: ${problem}`, { cause, details: { url: url.label } });
  if (/^Handshake terminated by server: (403|530)/.test(cause.message)) return refused(replyText(cause));
  if (/^SASL mechanism/.test(cause.message)) return refused(cause.message);
  // amqplib does not pass on what the broker says about a vhost, only that it closed instead of opening.
  if (/^Expected ConnectionOpenOk; got <ConnectionClose/.test(cause.message)) {
    return refused(
      `the virtual host "${url.vhost}" does not exist, is down, or is not open to the user "${url.login}"`,
    );
  }
  return new ContainerError('BrokerUnreachable', `${url.label}: ${textOf(cause)}`, {
    cause,
    details: { url: url.label },
  });
}

/**
 * One error for a round over all addresses that did not end in a connection. A broker that let us in and then refused what was
 * recorded (`TopologyConflict`, `Forbidden`, …) is reported as such; otherwise `BrokerRefused` or `BrokerUnreachable`.
 */
export function toRoundError(failures: readonly ContainerError[]): ContainerError {
  const other = failures.find(
    ({ code }) => code !== 'BrokerRefused' && code !== 'BrokerUnreachable' && code !== 'Unavailable',
  );
  if (other !== undefined) return other;
  const [first] = failures;
  if (first !== undefined && failures.length === 1 && first.code !== 'Unavailable') return first;
  const refused = failures.some(({ code }) => code === 'BrokerRefused');
  const causes = failures.map(({ message }) => message);
  return new ContainerError(
    refused ? 'BrokerRefused' : 'BrokerUnreachable',
    `No broker takes the connection: ${causes.join('; ')}`,
    { cause: first, details: { causes } },
  );
}

/**
 * The error for a message that amqplib did not write: `Unavailable` when the channel turned out to be closed, `BadRequest` for
 * what AMQP cannot carry.
 */
export function toWriteError(message: OutboundMessage, thrown: unknown): ContainerError {
  if (thrown instanceof ContainerError) return thrown;
  const cause = toError(thrown);
  const what = `The message to exchange "${message.exchange}", key "${message.routingKey}"`;
  // amqplib throws this from every method of a closed channel or connection.
  if (cause.name === 'IllegalOperationError') {
    return new UnavailableError(`${what} was not published: ${cause.message}`, {
      cause,
      details: { published: 'no' },
    });
  }
  return new BadRequestError(`${what} cannot be carried by AMQP: ${cause.message}`, { cause });
}

/** Whatever was thrown, as an Error. (`instanceof` knows only the errors of its own realm.) */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error || isNativeError(thrown)) return thrown;
  return new Error(String(thrown));
}

function replyCode(error: Error): number | undefined {
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/** The broker's own words out of amqplib's: `… with message "PRECONDITION_FAILED - …"`. */
function replyText(error: Error): string {
  return /with message "(.*)"$/s.exec(error.message)?.[1] ?? textOf(error);
}

/** Node reports a host with several addresses as an AggregateError without a message of its own. */
function textOf(error: Error): string {
  if (error.message !== '' || !('errors' in error) || !Array.isArray(error.errors)) return error.message;
  return error.errors.map((one: unknown) => toError(one).message).join(', ');
}
