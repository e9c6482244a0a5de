/** What events, their publishers and their subscribers must and must not accept at compile time; see `contract.ts`. */
import {
  type Container,
  defineEvent,
  type EventContent,
  type EventHandler,
  type EventType,
  Process,
  type Publisher,
  type PublishOutcome,
  type ReceivedEvent,
  type SubscribeOptions,
  type Subscription,
  Type,
} from '../../src/index.ts';

const Depth = defineEvent({
  name: 'sensor.depth',
  version: '1.0.0',
  qos: 'durable',
  content: Type.Object({ belowTransducerM: Type.Number(), note: Type.Optional(Type.String()) }),
});
const Bell = defineEvent({ name: 'bell', version: '1.0.0', content: Type.Null() });

/** Compiles only if `A` and `B` are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

// —— Event types ——

isTrue<Same<EventContent<typeof Depth>, { belowTransducerM: number; note?: string }>>();
const anyEvent: EventType = Depth;
void anyEvent;
// @ts-expect-error: an unknown guarantee
defineEvent({ name: 'odd', version: '1.0.0', qos: 'sure', content: Type.Null() });
// @ts-expect-error: without content
defineEvent({ name: 'odd', version: '1.0.0' });
// @ts-expect-error: an unknown option
defineEvent({ name: 'odd', version: '1.0.0', content: Type.Null(), queue: 'x' });
// @ts-expect-error: a schema, not a type's name
defineEvent({ name: 'odd', version: '1.0.0', content: 'number' });
// @ts-expect-error: an event type does not change
Depth.name = 'other';

// —— Publishing ——

export class Instrument extends Process {
  readonly depths: Publisher<typeof Depth> = this.publisher(Depth, 'ship7.echosounder');

  async op_measure() {
    const outcome: PublishOutcome = await this.publish(Depth, 'ship7', { belowTransducerM: 4.2 });
    isTrue<Same<PublishOutcome, 'sent' | 'confirmed' | 'unroutable' | 'rejected' | 'unknown'>>();
    void outcome;
    await this.publish(Bell, 'ship7', null);
    await this.publish('anything', 'ship7', [1, 'two'], { qos: 'replay', headers: { note: 'x' } });
    await this.depths.publish({ belowTransducerM: 4.2 });
    await this.depths.publish({ belowTransducerM: 4.2, note: 'muddy' }, 'ship8');
    // @ts-expect-error: content of another type
    await this.publish(Depth, 'ship7', { belowTransducerM: '4.2' });
    // @ts-expect-error: a member that the type does not know
    await this.publish(Depth, 'ship7', { belowTransducerM: 4.2, unit: 'm' });
    // @ts-expect-error: without an origin
    await this.publish(Depth, { belowTransducerM: 4.2 });
    // @ts-expect-error: an unknown guarantee
    await this.publish('anything', 'ship7', 1, { qos: 'sure' });
    // @ts-expect-error: content of another type
    await this.depths.publish({ m: 4.2 });
    // @ts-expect-error: a publisher is for an event type
    this.publisher('sensor.depth');
  }
}

// —— Subscribing ——

export class Log extends Process {
  override async onInit() {
    const subscription: Subscription = await this.subscribe(Depth, (content, event) => {
      isTrue<Same<typeof content, EventContent<typeof Depth>>>();
      isTrue<Same<typeof event, ReceivedEvent>>();
      isTrue<Same<typeof event.publishedAt, Date>>();
    });
    await subscription.cancel();
    await this.subscribe(
      { type: Depth, origin: 'ship7.#' },
      async ({ belowTransducerM }) => belowTransducerM,
    );
    await this.subscribe('sensor.*', (content) => {
      isTrue<Same<typeof content, unknown>>();
    });
    await this.subscribe({ type: '#' }, () => undefined, { group: 'watch', concurrency: 4 });
    await this.subscribe(Depth, this.note, { durable: 'log', ordered: true, attempts: 3 });
    await this.subscribe(Depth, this.note, { replay: { from: 'first' } });
    await this.subscribe(Depth, this.note, { replay: { from: new Date() } });
    await this.subscribe(Depth, this.note, { replay: { from: { offset: 3, index: 1 } } });
    // @ts-expect-error: a handler of another type's content
    await this.subscribe(Depth, (content: { m: number }) => content.m);
    // @ts-expect-error: without a handler
    await this.subscribe(Depth);
    // @ts-expect-error: an unknown member of what is subscribed to
    await this.subscribe({ type: Depth, orign: 'ship7' }, () => undefined);
    // @ts-expect-error: an unknown option
    await this.subscribe(Depth, this.note, { durabel: 'log' });
    // @ts-expect-error: an unknown policy
    await this.subscribe(Depth, this.note, { overflow: 'block' });
    // @ts-expect-error: a replay says where it begins
    await this.subscribe(Depth, this.note, { replay: {} });
  }

  readonly note: EventHandler<EventContent<typeof Depth>> = ({ belowTransducerM }, { origin, attempt }) => {
    isTrue<Same<typeof origin, string>>();
    isTrue<Same<typeof attempt, number>>();
    return belowTransducerM;
  };
}

// —— In the container's own name ——

export async function ofContainer({ events }: Container, options: SubscribeOptions) {
  await events.publish(Depth, 'shore', { belowTransducerM: 1 });
  // @ts-expect-error: content of another type
  await events.publish(Depth, 'shore', 1);
  await events.subscribe(Depth, ({ belowTransducerM }) => belowTransducerM, options);
  const [letter] = await events.deadLetters.list({ reason: 'attempts', address: 'log' }, 10);
  isTrue<
    Same<NonNullable<typeof letter>['reason'], 'attempts' | 'unacceptable' | 'undeliverable' | 'undecodable'>
  >();
  // @ts-expect-error: no such reason
  await events.deadLetters.list({ reason: 'bored' });
  // @ts-expect-error: which one
  await events.deadLetters.drop();
}
