import { describe, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, TimeoutError } from '../../../src/errors/index.ts';
import { ContractGuard } from '../../../src/process/contract-guard.ts';
import {
  type Conversations,
  contractDescription,
  defineService,
  type Operation,
  operation,
  Type,
} from '../../../src/process/index.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { identity } from '../exchange/bed.ts';

const hello = (version: string, operations: Record<string, Operation>) =>
  defineService({ name: 'hello', version, operations });
const text = operation({ content: Type.String() });
const number = operation({ content: Type.Number() });
const V1 = hello('1.0.0', { greet: text });
const V11 = hello('1.1.0', { greet: text, wave: operation() });
const Broken = hello('1.2.0', { greet: number });

/** A guard in a system where `answer` is what instances answer, and `instances` how many there are. */
function makeGuard(answer: unknown, instances = 1) {
  const asked: Parameters<Conversations['ask']>[] = [];
  const logger = recordingLogger();
  const guard = new ContractGuard({
    identity,
    exchange: {
      inspectService: async () => {
        if (instances < 0) throw new Error('no connection');
        return instances === 0 ? undefined : { consumers: instances };
      },
    },
    conversations: {
      ask: async (...call) => {
        asked.push(call);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    logger,
  });
  return { asked, guard, lines: logger.lines };
}

describe('ContractGuard#assertFits()', () => {
  const { guard } = makeGuard(null);
  const check = (joining: typeof V1, running: typeof V1) => () => guard.assertFits('hello', joining, running);

  test('takes what does not break callers of the older one, whichever joins', () => {
    for (const [a, b] of [
      [V1, V11],
      [V11, V1],
      [V1, V1],
      [V1, hello('1.0.0', { greet: operation({ content: Type.String() }) })],
    ] as const)
      expect(check(a, b)).not.toThrow();
  });

  test('refuses a breaking change, naming both versions and each change', () => {
    const both = hello('1.2.0', { greet: operation({ content: Type.Number(), result: Type.Number() }) });
    expect(check(both, V1)).toThrow(ConflictError);
    expect(check(both, V1)).toThrow(
      "service 'hello': version 1.2.0 cannot join version 1.0.0, which is running, since callers of 1.0.0 would break: " +
        'greet content: callers of 1.0.0 may send string, 1.2.0 takes number; ' +
        'greet result: 1.2.0 may answer number, callers of 1.0.0 take null. ' +
        'Raise the major version, or stop what is running first',
    );
    try {
      check(both, V1)();
    } catch (error) {
      expect(error).toMatchObject({
        details: {
          service: 'hello',
          joining: '1.2.0',
          running: '1.0.0',
          changes: [
            { operation: 'greet', path: 'content', kind: 'content-narrowed' },
            { operation: 'greet', path: 'result', kind: 'result-widened' },
          ],
        },
      });
    }
    expect.assertions(3);
  });

  test('an older one that comes back is judged as the older one', () => {
    const back = hello('1.0.0', { greet: text, wave: operation() });
    expect(check(back, hello('1.1.0', { greet: text }))).toThrow(
      'callers of 1.0.0 would break: wave: operation removed',
    );
    expect(
      check(hello('1.1.0-rc.1', { greet: text }), hello('1.1.0', { greet: text, wave: operation() })),
    ).not.toThrow();
    expect(
      check(hello('1.10.0', { greet: text }), hello('1.9.0', { greet: text, wave: operation() })),
    ).toThrow(ConflictError);
  });

  test('tells ten changes and how many more there are', () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`op${index}`, text]));
    expect(check(hello('1.1.0', {}), hello('1.0.0', many))).toThrow(
      /; op9: [^;]*; [^;]*; and 4 more\. Raise/,
    );
  });

  test('a contract that is served under another name is judged by what it does', () => {
    const Other = defineService({ name: 'other', version: '1.0.0', operations: { greet: text } });
    expect(check(Other, V1)).not.toThrow();
  });
});

describe('ContractGuard#assertFitsOthers()', () => {
  test('asks nobody where nobody is', async () => {
    const { asked, guard } = makeGuard(contractDescription(Broken), 0);
    await guard.assertFitsOthers('hello', V1);
    expect(asked).toEqual([]);
  });

  test('compares with what is answered', async () => {
    const { asked, guard, lines } = makeGuard(contractDescription(V1));
    await guard.assertFitsOthers('hello', V11);
    await expect(guard.assertFitsOthers('hello', Broken)).rejects.toBeInstanceOf(ConflictError);
    const options = { timeoutMs: 2000, idempotent: true };
    expect(asked[0]).toEqual(['shore.0', 'hello', 'contract', null, options]);
    expect(lines).toEqual([]);
  });

  test.each<[string, unknown, number, string]>([
    ['no answer', new TimeoutError('no answer within 2000 ms'), 1, 'warn'],
    ['no connection', null, -1, 'warn'],
    ['an answer that is no contract', { name: 'hello' }, 1, 'warn'],
    ['an untyped service', new NotFoundError("Hello has no operation 'contract'"), 1, 'debug'],
  ])('goes on after %s, and logs it', async (_name, answer, instances, level) => {
    const { guard, lines } = makeGuard(answer, instances);
    await guard.assertFitsOthers('hello', V1);
    expect(lines).toMatchObject([{ level, fields: { service: 'hello' } }]);
  });
});
