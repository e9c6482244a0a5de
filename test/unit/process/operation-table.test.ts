import { describe, expect, test } from '@jest/globals';
import {
  ApplicationError,
  BadRequestError,
  ConfigurationError,
  RemoteError,
} from '../../../src/errors/index.ts';
import type { ReceivedMessage } from '../../../src/interact/index.ts';
import {
  defineService,
  operation,
  Process,
  type ProcessClass,
  ServiceProcess,
  Type,
} from '../../../src/process/index.ts';
import { operationTable } from '../../../src/process/operation-table.ts';
import { message } from '../exchange/bed.ts';
import { fakeContext } from './bed.ts';

const own = ['ping', 'sys_procexit', 'sys_signal'];
const names = (table: ReadonlyMap<string, unknown>) => [...table.keys()].sort();

class Base extends Process {
  op_shared(): string {
    return 'base';
  }
  op_kept(): string {
    return 'kept';
  }
}
class Derived extends Base {
  override op_shared(): string {
    return 'derived';
  }
  op_added(): string {
    return super.op_shared();
  }
  helper(): void {}
  get op_got(): string {
    return 'a getter is no operation';
  }
  static op_static(): void {}
}

const Depth = defineService({
  name: 'depth',
  version: '1.0.0',
  operations: {
    measure: operation({
      content: Type.Object({ at: Type.String() }),
      result: Type.Number(),
      idempotent: true,
    }),
    reset: operation(),
  },
});

/** Runs an operation of `processClass` as a process would. */
async function run(processClass: ProcessClass, op: string, content: unknown) {
  const found = operationTable(processClass).get(op);
  if (found === undefined) throw new Error(`no operation ${op}`);
  const message = received();
  return found.result(
    await found.run(new processClass(fakeContext()), found.accept(content), message),
    message,
  );
}

function received(): ReceivedMessage {
  return {
    message: message(),
    container: 'ship',
    redelivered: false,
    deadlineAt: Number.POSITIVE_INFINITY,
    remainingMs: Number.POSITIVE_INFINITY,
    actingUser: 'ANONYMOUS',
    signal: new AbortController().signal,
  };
}

describe('operationTable() of an untyped class', () => {
  test('holds its op_… methods, inherited ones too, and the container’s own', () => {
    expect(names(operationTable(Derived))).toEqual([...own, 'added', 'kept', 'shared'].sort());
  });

  test('the nearest method of a name wins', async () => {
    expect(await run(Derived, 'shared', null)).toBe('derived');
    expect(await run(Derived, 'kept', null)).toBe('kept');
    expect(await run(Derived, 'added', null)).toBe('base');
    expect(await run(Base, 'shared', null)).toBe('base');
  });

  test('has nothing that every object inherits', () => {
    const table = operationTable(Derived);
    for (const name of ['constructor', 'toString', '__proto__', 'helper', 'rpcSend', 'got', 'static', '']) {
      expect([name, table.has(name)]).toEqual([name, false]);
    }
  });

  test('checks neither content nor result; what returns nothing answers null', async () => {
    class Anything extends Process {
      op_give(content: unknown): unknown {
        return content;
      }
      op_nothing(): void {}
    }
    expect(await run(Anything, 'give', { any: 1 })).toEqual({ any: 1 });
    expect(await run(Anything, 'give', undefined)).toBeNull();
    expect(await run(Anything, 'nothing', 1)).toBeNull();
    expect(operationTable(Anything).get('give')?.idempotent).toBe(false);
  });

  test('runs a handler on its process, with content and message', async () => {
    const seen: unknown[] = [];
    class Seeing extends Process {
      op_see(content: unknown, message: ReceivedMessage): void {
        seen.push(this.name, content, message.container);
      }
    }
    await run(Seeing, 'see', 5);
    expect(seen).toEqual(['fake', 5, 'ship']);
  });

  test.each(['ping', 'contract', 'activate', 'terminate', 'sys_procexit'])(
    'refuses a handler of the reserved name %s, inherited ones too',
    (name) => {
      class Hiding extends Process {}
      Object.defineProperty(Hiding.prototype, `op_${name}`, { value: () => undefined });
      class Child extends Hiding {}
      for (const processClass of [Hiding, Child]) {
        expect(() => operationTable(processClass)).toThrow(ConfigurationError);
        expect(() => operationTable(processClass)).toThrow(
          `class ${processClass.name}: op_${name} would hide the container's own operation '${name}'`,
        );
      }
    },
  );

  test('ping and sys_procexit answer', async () => {
    expect(await run(Base, 'ping', null)).toEqual({ pong: 'pong' });
    expect(await run(Base, 'sys_procexit', null)).toBeNull();
  });
});

describe('operationTable() of a class with a contract', () => {
  class DepthService extends ServiceProcess.for(Depth) {
    op_measure({ at }: { at: string }): unknown {
      if (at === 'lie') return 'not a number';
      if (at === 'fail') throw new RangeError('too deep');
      return at.length;
    }
    op_reset(): void {}
    op_extra(): void {}
  }

  test('holds the operations of the contract only', () => {
    expect(names(operationTable(DepthService))).toEqual([...own, 'measure', 'reset'].sort());
    expect(operationTable(DepthService).get('measure')?.idempotent).toBe(true);
    expect(operationTable(DepthService).get('reset')?.idempotent).toBe(false);
  });

  test('takes handlers from a base class', async () => {
    class Deeper extends DepthService {
      override op_measure({ at }: { at: string }): number {
        return Number(super.op_measure({ at })) * 2;
      }
    }
    expect(await run(Deeper, 'measure', { at: 'bow' })).toBe(6);
    expect(await run(Deeper, 'reset', null)).toBeNull();
  });

  test('names every handler that is missing', () => {
    class Nothing extends ServiceProcess.for(Depth) {}
    expect(() => operationTable(Nothing)).toThrow(ConfigurationError);
    expect(() => operationTable(Nothing)).toThrow(
      "class Nothing serves 'depth' but has no op_measure, op_reset",
    );
  });

  test('content that does not fit is the caller’s mistake and never reaches the handler', async () => {
    for (const content of [null, {}, { at: 1 }, { at: 'bow', more: 1 }]) {
      await expect(run(DepthService, 'measure', content)).rejects.toBeInstanceOf(BadRequestError);
    }
    await expect(run(DepthService, 'reset', 0)).rejects.toThrow('content: expected null, found number 0');
  });

  test('a result that does not fit is ours: Internal, naming the place', async () => {
    await expect(run(DepthService, 'measure', { at: 'lie' })).rejects.toMatchObject({
      code: 'Internal',
      message:
        'operation \'measure\' returned what its contract does not allow: result: expected number, found string "not a number"',
      details: { path: 'result', expected: 'number', found: 'string "not a number"' },
    });
  });

  test('what the handler throws comes through as it is', async () => {
    await expect(run(DepthService, 'measure', { at: 'fail' })).rejects.toThrow(new RangeError('too deep'));
  });
});

describe('BoundOperation#failureFor()', () => {
  const data = Type.Object({ depth: Type.Number() });
  const Tide = defineService({
    name: 'tide',
    version: '1.0.0',
    operations: { sound: operation({ errors: { Aground: data } }), rest: operation() },
  });
  class TideService extends ServiceProcess.for(Tide) {
    op_sound(): void {}
    op_rest(): void {}
  }
  const failureFor = (op: string, thrown: unknown) => operationTable(TideService).get(op)?.failureFor(thrown);

  test('is a declared error as it was thrown', () => {
    const error = new Tide.errors.Aground({ depth: 1 });
    expect(failureFor('sound', error)).toBe(error);
    const same = new ApplicationError('Aground', 'by hand', { details: { depth: 1 } });
    expect(failureFor('sound', same)).toBe(same);
  });

  test.each([
    [JSON.parse('{"depth": "x"}'), 'data.depth: expected number, found string "x"'],
    [JSON.parse('{}'), 'data.depth: expected number, found nothing'],
    [JSON.parse('"deep"'), 'data: expected object {depth}, found string "deep"'],
  ])('is Internal for data %j, naming the place', (given, text) => {
    const error = new Tide.errors.Aground(given);
    expect(failureFor('sound', error)).toMatchObject({
      code: 'Internal',
      message: `operation 'sound' threw Aground with data that its contract does not allow: ${text}`,
      cause: error,
    });
  });

  test('leaves everything else alone', () => {
    const others = [
      new Error('boom'),
      'a string',
      new RemoteError('Sunk', 'x'),
      new ApplicationError('constructor', 'x'),
    ];
    for (const thrown of others) expect(failureFor('sound', thrown)).toBe(thrown);
    const undeclared = new Tide.errors.Aground(JSON.parse('{}'));
    expect(failureFor('rest', undeclared)).toBe(undeclared);
  });
});
