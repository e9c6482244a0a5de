/**
 * What is promised to whoever publishes an event. `live`: it is handed over, and at most once delivered. `durable`: the broker has it for every
 * durable subscription. `replay`: the broker keeps it, for whoever reads it later.
 */
export type EventGuarantee = 'live' | 'durable' | 'replay';

/**
 * What became of an event that was published. `sent`: handed over (live). `confirmed`: the broker has it. `unroutable`: the broker is well and nobody has
 * subscribed. `rejected`: it was not taken, and nothing is delivered. `unknown`: it may have been taken; published again it may come twice.
 */
export type PublishOutcome = 'sent' | 'confirmed' | 'unroutable' | 'rejected' | 'unknown';

/** What walks out as an event, besides its message. */
export interface Publication {
  /** `<type>.<escaped origin>`: the routing key. */
  readonly topic: string;
  readonly guarantee: EventGuarantee;
  /** A live one that reaches nobody is told of; of others it shows in the outcome. */
  readonly isMandatory: boolean;
  /** Set by the exchange when it has the event. */
  outcome: PublishOutcome | Promise<PublishOutcome>;
}

/** Where an event stands in a stream: the offset of its frame, and its number in the frame, counted from 0. */
export interface EventPosition {
  readonly offset: number;
  readonly index: number;
}

/** Where an event is addressed: no receiver of any other message begins with `~` and holds a dot. */
export function eventReceiver(topic: string): string {
  return `~${topic}`;
}

/** The topic of an event, from its address. */
export function topicOf(receiver: string): string {
  return receiver.slice(1);
}
