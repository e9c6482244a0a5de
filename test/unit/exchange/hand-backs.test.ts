import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import { OverloadedError, UnavailableError } from '../../../src/errors/index.ts';
import { HandBacks } from '../../../src/exchange/hand-backs.ts';
import { FrameTicket } from '../../../src/exchange/index.ts';
import type { OutboundEnvelope } from '../../../src/exchange/outbox.ts';
import { fakeEnv } from '../../../src/testing/fake-env.ts';
import { recordingLogger } from '../../../src/testing/recording-logger.ts';
import { arrival, frameDelivery, identity, message } from './bed.ts';

type Confirmation = 'confirmed' | 'unroutable';

function makeHandBacks() {
  const env = fakeEnv();
  const sent: OutboundEnvelope[] = [];
  const answers: { resolve(outcome: Confirmation): void; reject(error: Error): void }[] = [];
  const handBacks = new HandBacks({
    identity,
    env,
    codec: new Codec(),
    logger: recordingLogger(),
    outbox: {
      sendConfirmed: (envelope) => {
        sent.push(envelope);
        return new Promise<Confirmation>((resolve, reject) => answers.push({ resolve, reject }));
      },
    },
  });
  const delivery = frameDelivery([message()]);
  const work = (deadlineAt = Number.POSITIVE_INFINITY) =>
    arrival({}, { local: false, deadlineAt, ticket: new FrameTicket(delivery, 1) });
  return { env, sent, answers, handBacks, delivery, work };
}

describe('HandBacks', () => {
  test('settle what went back once the broker has it, and count it', async () => {
    const { handBacks, answers, delivery, sent, work } = makeHandBacks();
    const done = handBacks.handBack(work(1_000));
    expect(sent).toMatchObject([{ routingKey: 'hello', mandatory: true, budgetMs: 1_000 }]);
    expect([delivery.acks, handBacks.count]).toEqual([0, 0]);
    answers[0]?.resolve('confirmed');
    await done;
    expect([delivery.acks, delivery.nacks, handBacks.count]).toEqual([1, 0, 1]);
  });

  test('settle what has no time left, without sending it', async () => {
    const { env, handBacks, delivery, sent, work } = makeHandBacks();
    const late = work(1_000);
    await env.advance(1_000);
    await handBacks.handBack(late);
    expect([delivery.acks, sent.length, handBacks.count]).toEqual([1, 0, 0]);
  });

  test.each([
    ['nobody has the name any more', 'unroutable', 'NoReceiver'],
    ['the broker refuses it', new OverloadedError('full'), 'Overloaded'],
  ] as const)('reject when %s; it is not settled then', async (_name, outcome, code) => {
    const { handBacks, answers, delivery, work } = makeHandBacks();
    const done = handBacks.handBack(work());
    if (outcome === 'unroutable') answers[0]?.resolve(outcome);
    else answers[0]?.reject(outcome);
    await expect(done).rejects.toMatchObject({ code });
    expect([delivery.acks, handBacks.count]).toEqual([0, 0]);
  });

  test('leave to the broker what it cannot be given, since the connection is gone', async () => {
    const { handBacks, answers, delivery, work } = makeHandBacks();
    const done = handBacks.handBack(work());
    answers[0]?.reject(new UnavailableError('lost'));
    await done;
    expect([delivery.acks, handBacks.count]).toEqual([0, 0]);
  });

  test('settled() waits for all under way, those that begin meanwhile and those that fail included', async () => {
    const { handBacks, answers, work } = makeHandBacks();
    await handBacks.settled();
    const failing = handBacks.handBack(work()).catch(() => 'failed');
    let isSettled = false;
    const settled = handBacks.settled().then(() => {
      isSettled = true;
    });
    void handBacks.handBack(work());
    answers[0]?.resolve('unroutable');
    expect(await failing).toBe('failed');
    expect(isSettled).toBe(false);
    answers[1]?.resolve('confirmed');
    await settled;
  });
});
