import { describe, expect, test } from '@jest/globals';
import { BrokerLines } from '../../../src/cli/broker-lines.ts';
import type { TransportStatus } from '../../../src/transport/index.ts';

const url = 'amqp://h';
const connected = (epoch: number): TransportStatus => ({ type: 'connected', url, epoch });
const blocked = (epoch: number): TransportStatus => ({
  type: 'blocked',
  url,
  epoch,
  reason: 'low on memory',
});
const lost = (epoch: number): TransportStatus => ({
  type: 'disconnected',
  epoch,
  cause: new Error('reset by amqp://u:secret@h\n\u001b[2J'),
  retryInMs: 5,
});

/** What is told of these. */
function told(...statuses: readonly TransportStatus[]): readonly string[] {
  const lines: string[] = [];
  let tell: (status: TransportStatus) => void = () => undefined;
  const onBrokerStatus = (listener: (status: TransportStatus) => void) => {
    tell = listener;
    return () => {
      tell = () => undefined;
    };
  };
  const subject = new BrokerLines({ onBrokerStatus }, { write: (line) => lines.push(line) });
  for (const status of statuses) tell(status);
  subject.close();
  tell(lost(1));
  return lines;
}

describe('BrokerLines', () => {
  test('say nothing of a first connection, nor of attempts at it', () => {
    expect(told({ type: 'connecting', url, attempt: 1 }, lost(0), connected(1))).toEqual([]);
  });

  test('tell once that it is lost, and that it is back', () => {
    expect(told(connected(1), lost(1), lost(1), connected(2), lost(2))).toEqual([
      'ioncore: connection to the broker lost (reset by amqp://u:***@h\\u000a\\u001b[2J); trying again\n',
      'ioncore: connected to the broker again\n',
      expect.stringContaining('lost'),
    ]);
  });

  test('tell when the broker takes nothing, and takes again', () => {
    expect(told(connected(1), blocked(1), connected(1))).toEqual([
      'ioncore: the broker takes no messages now: low on memory\n',
      'ioncore: the broker takes messages again\n',
    ]);
    expect(told(connected(1), lost(1), blocked(2))).toEqual([
      expect.stringContaining('lost'),
      'ioncore: connected to the broker again\n',
      'ioncore: the broker takes no messages now: low on memory\n',
    ]);
  });
});
