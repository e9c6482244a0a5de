import { describe, expect, test } from '@jest/globals';
import { ContainerError } from '../../../../src/errors/index.ts';
import {
  toBrokerError,
  toConnectError,
  toError,
  toRoundError,
  toWriteError,
} from '../../../../src/transport/amqp/broker-errors.ts';
import { parseBrokerUrl } from '../../../../src/transport/amqp/broker-url.ts';

const url = parseBrokerUrl('amqp://me:s3cret@host/v', 'urls');

/** As amqplib reports a method that the broker refused by closing the channel. */
function refused(code: number, text: string): Error {
  return Object.assign(new Error(`Operation failed: QueueDeclare; ${code} (X) with message "${text}"`), {
    code,
  });
}

describe('toBrokerError()', () => {
  test('names the argument of a conflict', () => {
    const text =
      "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '1' but current is '2'";
    const error = toBrokerError('declare', 'declare the queue "q"', refused(406, text));
    expect(error).toMatchObject({ code: 'TopologyConflict', details: { argument: 'x-message-ttl' } });
    expect(error.message).toBe(`Could not declare the queue "q": ${text}`);
  });

  test.each([
    [406, 'declare', "PRECONDITION_FAILED - invalid arg 'x-expires' for queue 'q'", 'BadRequest'],
    [405, 'declare', 'RESOURCE_LOCKED - cannot obtain exclusive access', 'TopologyConflict'],
    [405, 'consume', 'RESOURCE_LOCKED - cannot obtain exclusive access', 'Conflict'],
    [404, 'consume', "NOT_FOUND - no queue 'q'", 'NoReceiver'],
    [403, 'consume', "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use", 'Conflict'],
    [403, 'declare', "ACCESS_REFUSED - access to queue 'q' refused for user 'me'", 'Forbidden'],
    [541, 'declare', 'INTERNAL_ERROR', 'Unavailable'],
  ] as const)('makes of %d (%s: %s) %s', (code, action, text, expected) => {
    expect(toBrokerError(action, 'try', refused(code, text)).code).toBe(expected);
  });

  test('tells what is not up from what is not there', () => {
    const errors = [
      refused(
        404,
        "NOT_FOUND - home node 'rabbit@ship' of durable queue 'q' in vhost '/' is down or inaccessible",
      ),
      refused(
        406,
        "PRECONDITION_FAILED - queue 'queue 'q' in vhost '/'' does not have a running replica on the local node",
      ),
      refused(404, "NOT_FOUND - no queue 'q' in vhost '/'"),
    ].map((error) => toBrokerError('other', 'try', error));
    expect(errors.map(({ code }) => code)).toEqual(['NoReceiver', 'NoReceiver', 'NoReceiver']);
    expect(errors.map(({ details }) => details?.reason)).toEqual(['down', 'down', undefined]);
  });

  test('says that a declaration met another connection’s exclusive queue', () => {
    const error = toBrokerError('declare', 'declare it', refused(405, 'RESOURCE_LOCKED'));
    expect(error.details).toEqual({ argument: 'exclusive' });
    expect(error.message).toContain('exclusive to another connection');
  });

  test('takes whatever else ends a method for a lost connection, and keeps our own errors', () => {
    const lost = new Error('Channel ended, no reply will be forthcoming');
    expect(toBrokerError('other', 'inspect', lost)).toMatchObject({ code: 'Unavailable', cause: lost });
    const own = new ContainerError('Conflict', 'own');
    expect(toBrokerError('other', 'inspect', own)).toBe(own);
  });
});

describe('toConnectError()', () => {
  test.each([
    [
      'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"',
      'BrokerRefused',
    ],
    ['Expected ConnectionOpenOk; got <ConnectionClose channel:0>', 'BrokerRefused'],
    ['SASL mechanism PLAIN is not provided by the server', 'BrokerRefused'],
    ['Handshake terminated by server: 541 (INTERNAL-ERROR) with message "x"', 'BrokerUnreachable'],
    ['Socket closed abruptly during opening handshake', 'BrokerUnreachable'],
    ['connect ECONNREFUSED 127.0.0.1:5672', 'BrokerUnreachable'],
  ])('makes of "%s" %s', (message, code) => {
    const error = toConnectError(url, new Error(message));
    expect(error).toMatchObject({ code, details: { url: 'amqp://me@host:5672/v' } });
    expect(error.message).toMatch(/^amqp:\/\/me@host:5672\/v: ./);
  });

  test('names virtual host and user, of which amqplib says nothing', () => {
    const error = toConnectError(
      url,
      new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'),
    );
    expect(error.message).toContain('the virtual host "v"');
    expect(error.message).toContain('the user "me"');
  });

  test('spells out an error that stands for several addresses of one host', () => {
    const several = new AggregateError(
      [new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')],
      '',
    );
    expect(toConnectError(url, several).message).toContain('ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1');
  });
});

describe('toRoundError()', () => {
  const unreachable = new ContainerError('BrokerUnreachable', 'a: nobody');
  const wrong = new ContainerError('BrokerRefused', 'b: wrong password');
  const lost = new ContainerError('Unavailable', 'c: lost while declaring');
  const conflict = new ContainerError('TopologyConflict', 'd: durable');

  test('is the one error of the one address', () => {
    expect(toRoundError([unreachable])).toBe(unreachable);
    expect(toRoundError([wrong])).toBe(wrong);
    expect(toRoundError([lost])).toMatchObject({ code: 'BrokerUnreachable', cause: lost });
  });

  test('lists every cause; a refusal weighs more than silence', () => {
    const error = toRoundError([unreachable, wrong]);
    expect(error).toMatchObject({
      code: 'BrokerRefused',
      details: { causes: ['a: nobody', 'b: wrong password'] },
    });
    expect(error.message).toContain('a: nobody; b: wrong password');
    expect(toRoundError([unreachable, lost]).code).toBe('BrokerUnreachable');
  });

  test('is what the recorded topology met, where a broker let us in', () => {
    expect(toRoundError([unreachable, conflict])).toBe(conflict);
  });
});

describe('toWriteError()', () => {
  const message = { exchange: 'x', routingKey: 'k', body: new Uint8Array(), properties: {} };

  test('tells a closed channel from what AMQP cannot carry', () => {
    const closed = Object.assign(new Error('Channel closed'), { name: 'IllegalOperationError' });
    expect(toWriteError(message, closed)).toMatchObject({
      code: 'Unavailable',
      details: { published: 'no' },
    });
    expect(toWriteError(message, new TypeError('up to 255 chars'))).toMatchObject({
      code: 'BadRequest',
      message: 'The message to exchange "x", key "k" cannot be carried by AMQP: up to 255 chars',
    });
  });
});

describe('toError()', () => {
  test('keeps errors and wraps the rest', () => {
    const error = new RangeError('r');
    expect(toError(error)).toBe(error);
    expect(toError('text').message).toBe('text');
  });
});
