import { describe, expect, test } from '@jest/globals';
import { Codec } from '../../../src/codec/index.ts';
import type { OutboundEnvelope } from '../../../src/exchange/outbox.ts';
import { took, WorkReport, workTeller } from '../../../src/exchange/work-report.ts';
import { arrival, identity } from './bed.ts';

function makeReport() {
  const told: unknown[] = [];
  return { told, report: new WorkReport((...work) => void told.push(work), 'ship', 'log') };
}

function done(op: string, workUs: number) {
  return Object.assign(arrival({ op, performative: 'none' }), { workUs });
}

describe('WorkReport', () => {
  test('tells by operation how long they took, once, and nothing of what nobody knows', () => {
    const { told, report } = makeReport();
    report.add(done('write', 20));
    report.add(done('wave', 30));
    report.add(done('write', 40));
    report.add(done('write', 0));
    expect(told).toEqual([]);
    report.send();
    report.send();
    expect(told).toEqual([
      [
        'ship',
        'log',
        [
          ['write', 20, 40],
          ['wave', 30],
        ],
      ],
    ]);
  });

  test('tells at once what should not have travelled together', () => {
    const { told, report } = makeReport();
    report.add(done('write', 1_500));
    report.add(done('write', 1_500));
    expect(told).toEqual([['ship', 'log', [['write', 1_500, 1_500]]]]);
  });
});

describe('workTeller()', () => {
  test('tells the container that has asked, and leaves one alone whose name makes no routing key', () => {
    const sent: OutboundEnvelope[] = [];
    const codec = new Codec();
    const outbox = { sendTogether: (envelope: OutboundEnvelope) => void sent.push(envelope) };
    const tell = workTeller({ identity, codec, outbox });
    tell('x'.repeat(255), 'log', [['write', 20]]);
    expect(sent).toEqual([]);
    tell('ship', 'log', [['write', 20]]);
    expect(sent.map(({ routingKey, mandatory }) => [routingKey, mandatory])).toEqual([['~ship', false]]);
    const envelopes = sent.map(({ bytes }) => bytes);
    const frame = codec.encodeFrame({ ...identity, sentAt: 0 }, envelopes);
    expect(codec.decodeFrame(frame, 'ship').messages).toMatchObject([
      { performative: 'none', receiver: '~control', op: took, content: ['log', ['write', 20]] },
    ]);
  });
});
