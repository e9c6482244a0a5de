import { describe, expect, test } from '@jest/globals';
import { performatives } from '../../../src/codec/index.ts';
import {
  type ConversationEvent,
  type ConversationState,
  isFinal,
  isProtocol,
  nextState,
  type Protocol,
} from '../../../src/interact/protocols.ts';

const protocols = ['rpc', 'request', 'stream'] as const satisfies readonly Protocol[];
const states = [
  'REQUESTED',
  'AGREED',
  'DONE',
  'FAILED',
  'REFUSED',
  'TIMEOUT',
  'CANCELLED',
  'UNEXPECTED',
] as const satisfies readonly ConversationState[];
const events = [...performatives, 'timeout', 'abort'] as const satisfies readonly ConversationEvent[];

/** What FIPA's and ION's tables allow; every cell that is not here ends the conversation. */
const allowed: Readonly<Record<Protocol, readonly string[]>> = {
  rpc: [
    'REQUESTED inform_result DONE',
    'REQUESTED failure FAILED',
    'REQUESTED refuse REFUSED',
    'REQUESTED timeout TIMEOUT',
    'REQUESTED abort CANCELLED',
  ],
  request: [
    'REQUESTED agree AGREED',
    'REQUESTED refuse REFUSED',
    'REQUESTED failure FAILED',
    'REQUESTED timeout TIMEOUT',
    'REQUESTED abort CANCELLED',
    'AGREED inform_progress AGREED',
    'AGREED inform_result DONE',
    'AGREED failure FAILED',
    'AGREED timeout TIMEOUT',
    'AGREED abort CANCELLED',
  ],
  stream: [
    'REQUESTED agree AGREED',
    'REQUESTED refuse REFUSED',
    'REQUESTED failure FAILED',
    'REQUESTED timeout TIMEOUT',
    'REQUESTED abort CANCELLED',
    'AGREED inform_progress AGREED',
    'AGREED inform_result DONE',
    'AGREED failure FAILED',
    'AGREED timeout TIMEOUT',
    'AGREED abort CANCELLED',
  ],
};

const cells = protocols.flatMap((protocol) =>
  states.flatMap((state) => events.map((event) => ({ protocol, state, event }))),
);

describe('nextState(), cell by cell', () => {
  test.each(cells)('$protocol: $event in $state', ({ protocol, state, event }) => {
    const row = allowed[protocol].find((one) => one.startsWith(`${state} ${event} `));
    expect(nextState(protocol, state, event)).toBe(row?.split(' ')[2] ?? 'UNEXPECTED');
  });

  test('leaves no state but REQUESTED and AGREED open', () => {
    expect(states.filter((state) => !isFinal(state))).toEqual(['REQUESTED', 'AGREED']);
  });

  test('leads from every open state to an end, whatever happens', () => {
    for (const { protocol, state, event } of cells) {
      const next = nextState(protocol, state, event);
      if (isFinal(state)) expect(next).toBe('UNEXPECTED');
      else expect(isFinal(next) || next === 'AGREED').toBe(true);
    }
  });
});

describe('isProtocol()', () => {
  test.each(protocols)('takes %s', (protocol) => {
    expect(isProtocol(protocol)).toBe(true);
  });

  test.each(['', 'none', 'RPC', 'constructor', '__proto__', null, undefined, 1, ['rpc']])(
    'refuses %p',
    (text) => {
      expect(isProtocol(text)).toBe(false);
    },
  );
});
