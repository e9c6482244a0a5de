import { describe, expect, test } from '@jest/globals';
import { ServiceReceiver } from '../../../src/exchange/index.ts';
import { ServiceGroup } from '../../../src/process/service-group.ts';
import { turns } from '../../../src/testing/eventually.ts';
import type { ConsumerHandle, ConsumeSpec, QueueSpec } from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from '../exchange/bed.ts';
import { FakeCell } from './bed.ts';

/** Notes what is done to the queue; each step can be held up or made to fail. */
class NotingTransport extends ScriptedTransport {
  readonly notes: string[] = [];
  /** What a step waits for, by its note. */
  readonly before = new Map<string, () => Promise<void>>();

  async #step(note: string): Promise<void> {
    await this.before.get(note)?.();
    this.notes.push(note);
  }
  override declareQueue(spec?: QueueSpec): Promise<void> {
    return this.#step(`declare ${spec?.name}`);
  }
  override bind(): Promise<void> {
    return this.#step('bind');
  }
  override async consume(spec?: ConsumeSpec): Promise<ConsumerHandle> {
    await this.#step(`consume ${spec?.queue} prefetch ${spec?.prefetch}`);
    return { cancel: () => this.#step('cancel') };
  }
}

function makeGroup() {
  const transport = new NotingTransport();
  const receiver = new ServiceReceiver({
    identity,
    service: 'hello',
    transport,
    prefetch: 32,
    onDelivery: () => undefined,
  });
  return { transport, receiver, notes: transport.notes, group: new ServiceGroup(receiver) };
}

/** A group in which `cells` are open. */
async function openGroup(...cells: readonly FakeCell[]) {
  const made = makeGroup();
  for (const cell of cells) {
    await made.group.join(cell);
    await made.group.open(cell);
  }
  return { ...made, pick: () => made.group.pick()?.name };
}

/** Bound for calls, and for work that is tried again. */
const declared = ['declare fleet.hello', 'bind', 'bind'];
const consuming = 'consume fleet.hello prefetch 32';

describe('ServiceGroup, receiver', () => {
  test('is declared for the first member and consumes for the first that is open, once', async () => {
    const { group, receiver, notes } = makeGroup();
    const [a, b] = [new FakeCell('a'), new FakeCell('b')];
    expect(group.isEmpty).toBe(true);
    await Promise.all([group.join(a), group.join(b)]);
    expect(notes).toEqual(declared);
    expect(receiver.state).toBe('READY');
    expect(group.isEmpty).toBe(false);
    await Promise.all([group.open(a), group.open(b)]);
    expect(notes).toEqual([...declared, consuming]);
    expect(receiver.state).toBe('ACTIVE');
    expect(group.service).toBe('hello');
  });

  test('join() and open() of later members wait until the queue is there too', async () => {
    const { group, transport } = makeGroup();
    let go = (): void => undefined;
    transport.before.set('declare fleet.hello', () => new Promise((resolve) => (go = resolve)));
    const joined: string[] = [];
    const joining = ['a', 'b'].map((name) => group.join(new FakeCell(name)).then(() => joined.push(name)));
    await turns(2);
    expect(joined).toEqual([]);
    go();
    await Promise.all(joining);
    expect(joined).toEqual(['a', 'b']);
  });

  test('goes on while one member is open; the consumer is cancelled with the last', async () => {
    const [a, b] = [new FakeCell('a'), new FakeCell('b')];
    const { group, notes, receiver } = await openGroup(a, b);
    await group.leave(a);
    expect(notes).not.toContain('cancel');
    await group.leave(b);
    expect(notes).toEqual([...declared, consuming, 'cancel']);
    expect(receiver.state).toBe('TERMINATED');
    expect(group.isEmpty).toBe(true);
  });

  test('pauses while its members are not open, and consumes again for the next that is', async () => {
    const a = new FakeCell('a');
    const { group, notes, receiver } = await openGroup(a);
    const idle = new FakeCell('idle');
    await group.join(idle);
    await group.leave(a);
    expect(notes).toEqual([...declared, consuming, 'cancel']);
    expect(receiver.state).toBe('READY');
    await group.open(idle);
    expect(notes).toEqual([...declared, consuming, 'cancel', consuming]);
    expect(receiver.state).toBe('ACTIVE');
  });

  test('opens again although the pause is not over yet', async () => {
    const a = new FakeCell('a');
    const { group, notes, receiver, transport } = await openGroup(a);
    const idle = new FakeCell('idle');
    await group.join(idle);
    let go = (): void => undefined;
    transport.before.set('cancel', () => new Promise((resolve) => (go = resolve)));
    const leaving = group.leave(a);
    const opening = group.open(idle);
    await turns(2);
    go();
    await Promise.all([leaving, opening]);
    expect(notes.slice(-2)).toEqual(['cancel', consuming]);
    expect(receiver.state).toBe('ACTIVE');
  });

  test('a member that was never open leaves the others alone', async () => {
    const a = new FakeCell('a');
    const { group, notes, receiver } = await openGroup(a);
    const idle = new FakeCell('idle');
    await group.join(idle);
    await group.leave(idle);
    await group.leave(new FakeCell('stranger'));
    expect(notes).toEqual([...declared, consuming]);
    expect(receiver.state).toBe('ACTIVE');
    expect(group.pick()).toBe(a);
  });

  test('a queue that cannot be declared fails everybody who joins, and leaving such a group is quiet', async () => {
    const { group, transport, receiver } = makeGroup();
    const boom = new Error('other arguments');
    transport.before.set('declare fleet.hello', () => Promise.reject(boom));
    const [a, b] = [new FakeCell('a'), new FakeCell('b')];
    const joins = [group.join(a), group.join(b)];
    for (const join of joins) await expect(join).rejects.toBe(boom);
    expect(receiver.state).toBe('ERROR');
    await group.leave(a);
    await group.leave(b);
    expect(group.isEmpty).toBe(true);
    expect(transport.notes).toEqual([]);
  });

  test('a queue that cannot be consumed fails whoever opens, and leaving such a group is quiet', async () => {
    const { group, transport, receiver } = makeGroup();
    const boom = new Error('somebody has exclusive use of it');
    transport.before.set(consuming, () => Promise.reject(boom));
    const a = new FakeCell('a');
    await group.join(a);
    await expect(group.open(a)).rejects.toBe(boom);
    expect(receiver.state).toBe('ERROR');
    await group.leave(a);
    expect(group.isEmpty).toBe(true);
  });
});

describe('ServiceGroup#pick()', () => {
  test('is nobody while nobody is open', async () => {
    const { group } = makeGroup();
    expect(group.pick()).toBeUndefined();
    await group.join(new FakeCell('a'));
    expect(group.pick()).toBeUndefined();
    expect(group.hasFree()).toBe(false);
  });

  test('goes round', async () => {
    const [a, b, c] = [new FakeCell('a'), new FakeCell('b'), new FakeCell('c')];
    const { pick } = await openGroup(a, b, c);
    expect(Array.from({ length: 7 }, pick)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  test('takes those that are free first, and still goes round among them', async () => {
    const [a, b, c] = [new FakeCell('a'), new FakeCell('b'), new FakeCell('c')];
    const { group, pick } = await openGroup(a, b, c);
    a.free = false;
    expect(Array.from({ length: 4 }, pick)).toEqual(['b', 'c', 'b', 'c']);
    b.free = false;
    expect(Array.from({ length: 2 }, pick)).toEqual(['c', 'c']);
    expect(group.hasFree()).toBe(true);
  });

  test('goes round among all when none is free', async () => {
    const [a, b] = [new FakeCell('a'), new FakeCell('b')];
    const { group, pick } = await openGroup(a, b);
    for (const cell of [a, b]) cell.free = false;
    expect(group.hasFree()).toBe(false);
    expect(Array.from({ length: 4 }, pick)).toEqual(['a', 'b', 'a', 'b']);
  });

  test('goes on when one leaves in the middle of a round', async () => {
    const [a, b, c] = [new FakeCell('a'), new FakeCell('b'), new FakeCell('c')];
    const { group, pick } = await openGroup(a, b, c);
    expect([pick(), pick()]).toEqual(['a', 'b']);
    await group.leave(c);
    expect(Array.from({ length: 3 }, pick)).toEqual(['a', 'b', 'a']);
    await group.leave(a);
    expect(Array.from({ length: 2 }, pick)).toEqual(['b', 'b']);
  });
});
