import { describe, expect, test } from '@jest/globals';
import { accountDurable } from '../../soak/events/account-durable.ts';
import { accountReplay } from '../../soak/events/account-replay.ts';
import { isPoison, outcomes as outcomeNames } from '../../soak/events/contents.ts';
import type { JournalRecord } from '../../soak/events/journal.ts';
import { Ledger } from '../../soak/events/ledger.ts';

/** Records one after the other in time, of origin 0 and by one container unless they say otherwise. */
function records(...given: readonly Partial<JournalRecord>[]): readonly JournalRecord[] {
  return given.map((record, at) => ({
    kind: 'handled',
    at,
    by: 'anna',
    origin: 0,
    number: 0,
    attempt: 1,
    redelivered: false,
    resent: false,
    place: undefined,
    ...record,
  }));
}

/** Of origin 0: what became of the events 0, 1, … */
function published(...outcomes: readonly string[]): Ledger {
  const ledger = new Ledger();
  for (const [number, outcome] of outcomes.entries()) ledger.set(0, number, outcomeNames.indexOf(outcome));
  return ledger;
}

const three = published('confirmed', 'confirmed', 'confirmed');
const nobody = new Ledger();

function account(
  given: readonly JournalRecord[],
  { outcomes = three, isOrdered = false, dead = nobody } = {},
) {
  return accountDurable({ records: given, isOrdered, outcomes, dead });
}

function durable(given: readonly JournalRecord[], evidence?: Parameters<typeof account>[1]) {
  return account(given, evidence).violations.lines;
}

describe('accountDurable()', () => {
  test('finds nothing wrong with what came once, or again with a mark', () => {
    const given = records(
      { number: 0 },
      { number: 1, kind: 'failed' },
      { number: 2 },
      { number: 1, attempt: 2 },
      { number: 2, redelivered: true },
      { number: 0, resent: true },
    );
    expect(account(given)).toMatchObject({
      events: 3,
      calls: 6,
      failures: 1,
      duplicates: { attempt: 1, redelivered: 1, resent: 1, position: 0 },
      violations: { lines: [] },
    });
  });

  test.each([
    ['was lost', records({ number: 0 }, { number: 2 })],
    ['was lost', records({ number: 0 }, { number: 1, kind: 'failed' }, { number: 2 })],
    ['came again unmarked', records({ number: 0 }, { number: 1 }, { number: 1 }, { number: 2 })],
    [
      'came again unmarked',
      records({ number: 0 }, { number: 1, kind: 'failed' }, { number: 1 }, { number: 2 }),
    ],
    ['came out of order', records({ number: 0 }, { number: 2 }, { number: 1 })],
    ['came out of order', records({ number: 0 }, { number: 2 }, { number: 1, redelivered: true })],
    ['was never published', records({ number: 0 }, { number: 1 }, { number: 2 }, { number: 3 })],
  ])('an event that %s', (what, given) => {
    expect(durable(given)).toEqual([expect.stringContaining(what)]);
  });

  test('an event may be missing whose outcome is not confirmed; one that was rejected may not come', () => {
    const outcomes = published('unknown', 'unroutable', 'rejected', 'unknown');
    expect(durable(records({ number: 3 }), { outcomes })).toEqual([]);
    expect(durable(records({ number: 2 }), { outcomes })).toEqual([expect.stringContaining('rejected')]);
  });

  test('a dead letter is not lost; without a failure there is none', () => {
    const dead = new Ledger();
    dead.set(0, 1, 2);
    const failed = records({ number: 0 }, { number: 1, kind: 'failed' }, { number: 2 });
    expect(account(failed, { dead })).toMatchObject({
      deadLettered: 2,
      violations: { lines: [] },
    });
    expect(durable(records({ number: 0 }, { number: 2 }), { dead })).toEqual([
      expect.stringContaining('is a dead letter, and no handler failed'),
    ]);
  });

  test('an event that always fails must be a dead letter', () => {
    const number = Array.from({ length: 10_000 }, (_, index) => index).find(isPoison) ?? 0;
    const outcomes = new Ledger();
    outcomes.set(0, number, outcomeNames.indexOf('confirmed'));
    expect(durable(records({ number, kind: 'failed' }), { outcomes })).toEqual([
      expect.stringContaining('lost'),
    ]);
    expect(durable(records({ number }), { outcomes })).toHaveLength(2);
  });

  test('ordered: what was tried again must be in order, too', () => {
    const given = records(
      { number: 0 },
      { number: 1, kind: 'failed' },
      { number: 2 },
      { number: 1, attempt: 2 },
    );
    expect(durable(given)).toEqual([]);
    expect(durable(given, { isOrdered: true })).toEqual([expect.stringContaining('came out of order')]);
  });

  test('ordered: what had been given up, and comes again, may be handled late', () => {
    const given = records(
      { number: 0 },
      { number: 1, kind: 'failed', attempt: 4 },
      { number: 2 },
      { number: 1, redelivered: true },
    );
    expect(durable(given, { isOrdered: true })).toEqual([]);
  });

  test('ordered: whoever is cut off may end what was begun, and not go on', () => {
    const inTime = records(
      { number: 0 },
      { number: 1, by: 'berta' },
      { number: 2, by: 'berta', redelivered: true, at: 5 },
      { number: 2, by: 'anna', at: 400 },
    );
    expect(account(inTime, { isOrdered: true })).toMatchObject({
      overlapMs: 395,
      violations: { lines: [] },
    });
    const late = inTime.map((record) => ({ ...record, at: record.at * 2 }));
    expect(durable(late, { isOrdered: true })).toEqual([expect.stringContaining('cut off')]);
  });
});

describe('accountReplay()', () => {
  const place = (index: number) => ({ offset: 7, index });
  const begun = { kind: 'begun', place: undefined } as const;
  const replay = (...given: readonly Partial<JournalRecord>[]) => accountReplay(records(...given), three);

  test('finds nothing wrong with what comes again from a kept position on, redelivered, or in a second copy', () => {
    const account = replay(
      begun,
      { number: 0, place: place(0) },
      { number: 1, place: place(1) },
      { number: 1, place: place(1), redelivered: true },
      { kind: 'begun', place: place(1) },
      { number: 1, place: place(1) },
      { number: 2, place: place(2) },
      { number: 2, place: { offset: 8, index: 0 }, resent: true },
    );
    expect(account).toMatchObject({
      events: 3,
      duplicates: { redelivered: 1, position: 1, resent: 1 },
      violations: { lines: [] },
    });
  });

  test.each([
    ['was lost', [{ number: 1, place: place(1) }]],
    [
      'came again unmarked',
      [
        { number: 1, place: place(1) },
        { number: 2, place: place(2) },
        { number: 2, place: place(3) },
      ],
    ],
    [
      'came out of order',
      [
        { number: 2, place: place(1) },
        { number: 1, place: place(2) },
      ],
    ],
    [
      'came out of the order of the log',
      [
        { number: 1, place: place(2) },
        { number: 2, place: place(1) },
      ],
    ],
    [
      'came again though its position was kept',
      [
        { number: 1, place: place(1) },
        { number: 2, place: place(2) },
        { kind: 'begun' as const, place: place(3) },
        { number: 2, place: place(2) },
      ],
    ],
  ])('an event that %s', (what, given) => {
    const lines = replay(begun, { number: 0, place: place(0) }, ...given).violations.lines;
    expect(lines).toEqual([expect.stringContaining(what)]);
  });
});
