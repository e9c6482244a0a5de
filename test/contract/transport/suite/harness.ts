import type { Transport } from '../../../../src/transport/index.ts';

/*
 * What the seam's types leave open, the suite fixes:
 * - TopologyConflict (406): `details.argument` and the message name the argument as AMQP does: 'durable', 'auto_delete', 'type',
 *   'x-message-ttl', … Declaring another connection's exclusive queue (405) is TopologyConflict too, argument 'exclusive'. What was
 *   refused is not recorded; what was recorded before under that name stays.
 * - Consuming from another connection's exclusive queue (405), or where a consumer has exclusive use (403): Conflict.
 * - Binding or consuming what does not exist (404): NoReceiver. None of these is recorded either.
 * - Publishing to an exchange that does not exist (404) loses that message (and on AMQP those behind it on the dead channel); the
 *   transport goes on working. `publishConfirmed` rejects with NoReceiver or Unavailable.
 * - `publish` on a closed transport returns false, `publishConfirmed` rejects with Unavailable.
 * - A first `ack` of a `noAck` delivery does nothing.
 */

/**
 * What the contract suite needs of one implementation of {@link Transport}: a broker, ways to it, and power over both.
 * One harness serves one test: the suite makes it before and disposes of it after each.
 */
export interface TransportHarness {
  /**
   * A new connected transport (epoch 1) on the same broker and virtual host: each one is another container with its own connection.
   * The harness closes those that are still open when it is disposed of.
   */
  open(): Promise<Transport>;
  /**
   * The broker, or the way to it, is gone for every transport of this harness. Resolves when it is gone, which need not mean that
   * the transports have noticed. Persistent messages in durable queues stay; that the broker itself restarts is not required.
   */
  outage(): Promise<void>;
  /** The end of {@link outage}. Resolves when the broker can be reached; the transports come back by themselves. */
  restore(): Promise<void>;
  /** As {@link outage} for one transport only: no time passes for it, and the others work on, until {@link restore}. */
  outageOf(transport: Transport): Promise<void>;
  /** The errors that a transport has logged. */
  errors(transport: Transport): readonly string[];
  /** Cuts one transport's connection without a farewell; the broker stays and other transports notice nothing. It comes back by itself. */
  cutOne(transport: Transport): Promise<void>;
  /**
   * Lets time pass as the broker and the transports measure it (TTLs, queue expiry, back-off of at most `ms`) and resolves once
   * `until` holds; rejects if it does not come to hold. Embedded: moves the fake clock by `ms`, then polls `until`. Real broker: polls
   * `until` in real time for `ms` and a generous grace. Transports of a harness shall be made with a short back-off (at most 200 ms).
   */
  advance(ms: number, until: () => boolean | Promise<boolean>): Promise<void>;
  /**
   * `base` made unique for this test on this broker, so that tests do not meet; the same base gives the same name within one harness.
   * Every queue and exchange of the suite is named by it, so a harness can delete what it named when it is disposed of.
   */
  name(base: string): string;
  /** Closes every transport, removes what the test declared and could be left on a shared broker, ends what the harness started. */
  dispose(): Promise<void>;
}

/** How to make harnesses, and which tests cannot hold for this implementation. */
export interface TransportHarnessFactory {
  create(): Promise<TransportHarness>;
  /**
   * Tests that do not run, by their name without the describe blocks (see `runner.ts`), each with the
   * reason, which appears in the report. A name that no test has fails the suite.
   */
  readonly skips?: Readonly<Record<string, string>>;
}
