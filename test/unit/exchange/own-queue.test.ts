import { describe, expect, test } from '@jest/globals';
import { OwnQueue } from '../../../src/exchange/own-queue.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import type {
  BindingSpec,
  ConsumerHandle,
  ConsumeSpec,
  QueueInfo,
  QueueSpec,
} from '../../../src/transport/index.ts';
import { identity, ScriptedTransport } from './bed.ts';

/** Notes what is done to the queue, in which so many messages wait each time that it is asked. */
class NotingTransport extends ScriptedTransport {
  readonly notes: string[] = [];
  waiting: readonly number[] = [];

  override async declareQueue(spec?: QueueSpec): Promise<void> {
    this.notes.push(`declare ${spec?.name}`);
  }
  override async bind(spec?: BindingSpec): Promise<void> {
    this.notes.push(`bind ${spec?.exchange} ${spec?.routingKey}`);
  }
  override async unbind(spec?: BindingSpec): Promise<void> {
    this.notes.push(`unbind ${spec?.exchange} ${spec?.routingKey}`);
  }
  override async consume(spec?: ConsumeSpec): Promise<ConsumerHandle> {
    this.notes.push(`consume ${spec?.queue}`);
    return { cancel: async () => void this.notes.push('cancel') };
  }
  override async inspectQueue(): Promise<QueueInfo> {
    const [messages = 0, ...rest] = this.waiting;
    this.waiting = rest;
    this.notes.push(`${messages} wait`);
    return { messages, consumers: 1 };
  }
}

function makeQueue(who = identity) {
  const transport = new NotingTransport();
  const { scheduler } = fakeEnv();
  const queue = new OwnQueue({ identity: who, transport, scheduler, onDelivery: () => undefined });
  return { transport, queue };
}

describe('OwnQueue#leave()', () => {
  test('ends what leads to it, then lets come what is there, then stops taking', async () => {
    const { transport, queue } = makeQueue();
    await queue.open();
    expect(transport.notes).toEqual([
      'declare fleet~inbox.shore',
      'bind fleet ~shore.#',
      'bind fleet~control ',
      'consume fleet~inbox.shore',
    ]);
    transport.notes.length = 0;
    transport.waiting = [2, 1];
    await queue.leave();
    expect(transport.notes).toEqual([
      'unbind fleet ~shore.#',
      'unbind fleet~control ',
      '2 wait',
      '1 wait',
      '0 wait',
      'cancel',
    ]);
  });

  test('leaves the queue of a system of its own alone: its exchange would go with the binding', async () => {
    const { transport, queue } = makeQueue({ container: 'shore', sysname: 'shore' });
    await queue.open();
    transport.notes.length = 0;
    await queue.leave();
    expect(transport.notes).toEqual([]);
  });

  test('does nothing to one that was never opened', async () => {
    const { transport, queue } = makeQueue();
    await queue.leave();
    expect(transport.notes).toEqual([]);
  });
});
