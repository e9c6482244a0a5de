import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadRequestError } from '../../../src/errors/index.ts';
import {
  assertName,
  assertReceiver,
  assertSegment,
  makeContainerId,
  type NameScope,
  parseProcessId,
  processId,
  qualifiedName,
} from '../../../src/exchange/index.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';

const identity = { container: 'ship_1', sysname: 'fleet' };
const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);

/** The error of `action`, which must be a BadRequest. */
function refusal(action: () => void): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequestError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was not refused');
}

describe('qualifiedName()', () => {
  test('ION 22: the three scopes give the documented texts', () => {
    expect(qualifiedName('local', 'log', identity)).toBe('ship_1.log');
    expect(qualifiedName('system', 'log', identity)).toBe('fleet.log');
    expect(qualifiedName('global', 'log', identity)).toBe('log');
  });

  test('ION 22: an unknown scope is an error that names it and the known ones', () => {
    const scope: NameScope = JSON.parse('"cluster"');
    expect(refusal(() => qualifiedName(scope, 'log', identity))).toBe(
      "unknown scope 'cluster'; scopes are local, system and global",
    );
  });

  test('refuses a name that cannot be used, in every scope', () => {
    for (const scope of ['local', 'system', 'global'] as const) {
      expect(refusal(() => qualifiedName(scope, 'a b', identity))).toContain("'a b' is not a name");
    }
  });
});

describe('assertName()', () => {
  test.each(['hello', 'a', 'A-Z_9.x', 'hello.v2', '7up', '1.a', '-', '_', 'x'.repeat(100)])(
    'takes %j',
    (name) => {
      assertName(name, 'name');
    },
  );

  test.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    ' a',
    'a\n',
    'a*',
    '#',
    'a.#',
    '~inbox',
    'a~b',
    'a/b',
    'ü',
    'a\u0000',
    '\ufeffa',
    'а', // Cyrillic
  ])('refuses %j as not a name', (name) => {
    expect(refusal(() => assertName(name, 'service name'))).toMatch(
      /^service name '.*' is not a name: use segments/s,
    );
  });

  test('refuses more than 100 characters, saying how many', () => {
    expect(refusal(() => assertName('x'.repeat(101), 'local name'))).toMatch(
      /^local name 'x+' has 101 characters; at most 100 are allowed$/,
    );
  });

  test.each(['7', 'a.7', 'ship_1.0', 'a.b.007'])('refuses %j, which would be a process id', (name) => {
    expect(refusal(() => assertName(name, 'name'))).toContain('ends in a number, as only process ids do');
  });

  test.each([undefined, null, 7, {}, ['a']])('refuses %j, which is no text', (value) => {
    const name: string = JSON.parse(JSON.stringify({ value })).value;
    expect(refusal(() => assertName(name, 'name'))).toContain('is not a name');
  });
});

describe('assertSegment()', () => {
  test.each(['ship', 'ship_17_x-Y', '7', '-', 'x'.repeat(100)])('takes %j', (text) => {
    assertSegment(text, 'sysname');
  });

  test.each(['', 'a.b', 'a~b', 'a b', 'ü', '*', '#', 'x'.repeat(101), 7, null])('refuses %j', (value) => {
    const text: string = JSON.parse(JSON.stringify({ value })).value;
    expect(refusal(() => assertSegment(text, 'sysname'))).toMatch(
      /^sysname '.*' is not usable: 1 to 100 characters/,
    );
  });
});

describe('assertReceiver()', () => {
  test.each(['hello', 'hello.v2', 'ship_1.7', 'fleet.hello', '7', 'x'.repeat(255)])('takes %j', (text) => {
    assertReceiver(text);
  });

  test.each(['', '.', '.7', 'a..b', 'a*', '#', '~control', 'fleet~inbox.a~1', 'a b', 'x'.repeat(256)])(
    'refuses %j, saying what a receiver looks like',
    (text) => {
      expect(refusal(() => assertReceiver(text))).toMatch(
        /cannot be a receiver: give a service's name such as 'hello'/,
      );
    },
  );

  test.each([undefined, null, 7, {}, [], ['hello']])('refuses %j, which is no text', (value) => {
    const text: string = JSON.parse(JSON.stringify({ value })).value;
    expect(refusal(() => assertReceiver(text))).toContain('cannot be a receiver');
  });
});

describe('what assertName() accepts', () => {
  const anyName = fc.oneof(
    fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.string({ maxLength: 120 }),
    fc.string({ unit: fc.constantFrom(...'aZ0._-~*#/ '), maxLength: 12 }),
  );

  test('has no wildcard and no reserved character, fits a routing key and a queue name, and may be sent to', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyName, segment, segment, (name, container, sysname) => {
        try {
          assertName(name, 'name');
        } catch {
          return;
        }
        accepted += 1;
        expect(name).toMatch(/^[A-Za-z0-9_.-]+$/);
        expect(name.split('.')).not.toContain('');
        expect(parseProcessId(name)).toBeUndefined();
        // AMQP's short string, which every name of ours becomes at its longest.
        for (const text of [`${sysname}.${name}`, `${sysname}~inbox.${container}~4294967295`]) {
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(255);
        }
        for (const scope of ['local', 'system', 'global'] as const) {
          assertReceiver(qualifiedName(scope, name, { container, sysname }));
        }
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

describe('makeContainerId()', () => {
  test('is host, process id and 24 random bits', () => {
    const { ids } = fakeEnv({ hostname: 'bridge', osPid: 99 });
    const id = makeContainerId(ids);
    expect(id).toMatch(/^bridge_99_[A-Za-z0-9_-]{4}$/);
    expect(makeContainerId(ids)).not.toBe(id);
  });

  test.each([
    ['my.host.example', 'my_host_example_4242_'],
    ['bücher', 'b_cher_4242_'],
    ['~#*/ ', '______4242_'],
    ['', '_4242_'],
    ['x'.repeat(300), `${'x'.repeat(48)}_4242_`],
  ])('turns what is not allowed in host name %j into _', (hostname, start) => {
    expect(makeContainerId(fakeEnv({ hostname }).ids).slice(0, -4)).toBe(start);
  });

  test('is one usable segment, whatever the host is called', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.nat(2 ** 22),
        fc.nat(),
        (hostname, osPid, seed) => {
          assertSegment(makeContainerId(fakeEnv({ hostname, osPid, seed }).ids), 'container id');
        },
      ),
    );
  });
});

describe('parseProcessId()', () => {
  test.each([
    ['ship_1.7', { container: 'ship_1', local: 7 }],
    ['a.b.12', { container: 'a.b', local: 12 }],
    ['a.1.2', { container: 'a.1', local: 2 }],
    ['7.7', { container: '7', local: 7 }],
    ['ship_1.0', { container: 'ship_1', local: 0 }],
  ])('ION 2: takes %j apart at the last dot', (text, parts) => {
    expect(parseProcessId(text)).toEqual(parts);
  });

  test.each([
    '',
    '7',
    '.7',
    'ship',
    'ship.',
    'ship.x',
    'ship.7x',
    'ship.-7',
    'ship.7.',
    'ship.1e3',
    'ship. 7',
  ])('ION 2: %j is none', (text) => {
    expect(parseProcessId(text)).toBeUndefined();
  });

  test('ION 2: is the inverse of processId(), and ids are equal when their texts are', () => {
    fc.assert(
      fc.property(segment, fc.nat(), (container, local) => {
        expect(parseProcessId(processId(container, local))).toEqual({ container, local });
      }),
    );
    expect(processId('ship_1', 7)).toBe('ship_1.7');
  });
});
