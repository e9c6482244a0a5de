import { describe, expect, test } from '@jest/globals';
import { Arrival, FrameTicket, outgoing } from '../../../src/exchange/index.ts';
import { arrival, frameDelivery, message } from './bed.ts';

describe('FrameTicket', () => {
  test('acknowledges the frame when all its envelopes are settled, once', () => {
    const delivery = frameDelivery([message()]);
    const ticket = new FrameTicket(delivery, 3);
    ticket.settleOne();
    ticket.settleOne();
    expect(delivery.acks).toBe(0);
    ticket.settleOne();
    expect(delivery.acks).toBe(1);
    ticket.settleOne();
    expect(delivery).toMatchObject({ acks: 1, nacks: 0 });
  });
});

describe('Arrival', () => {
  test('#settle() counts once for its frame, however often it is called', () => {
    const delivery = frameDelivery([message()]);
    const ticket = new FrameTicket(delivery, 2);
    const [first, second] = [arrival({}, { ticket }), arrival({}, { ticket })];
    first.settle();
    first.settle();
    expect(delivery.acks).toBe(0);
    second.settle();
    expect(delivery.acks).toBe(1);
  });

  test('#fromSharedQueue holds until it is settled', () => {
    const one = arrival({}, { ticket: new FrameTicket(frameDelivery([message()]), 1) });
    expect(one.fromSharedQueue).toBe(true);
    one.settle();
    expect(one.fromSharedQueue).toBe(false);
    expect(arrival().fromSharedQueue).toBe(false);
  });

  test('#settle() of what nobody acknowledges does nothing', () => {
    expect(() => arrival().settle()).not.toThrow();
  });

  test.each([
    ['request', true],
    ['none', false],
    ['cancel', false],
    ['inform_result', false],
  ] as const)('#wantsReply of a %s is %s', (performative, wants) => {
    expect(arrival({ performative }).wantsReply).toBe(wants);
  });

  test('holds what it was made of', () => {
    const one = message();
    const facts = {
      origin: 'ship',
      local: false,
      deadlineAt: 5,
      redelivered: true,
      replyRoute: { replyTo: 'q', correlationId: undefined },
      ticket: undefined,
    };
    const { ticket: _, ...visible } = facts;
    expect(new Arrival(one, facts)).toMatchObject({
      message: one,
      answered: false,
      ...visible,
    });
  });
});

describe('outgoing()', () => {
  test('has not taken any way yet', () => {
    const one = message();
    expect(outgoing(one)).toEqual({
      message: one,
      replyRoute: undefined,
      wire: undefined,
      isJson: false,
      remote: false,
      answerer: undefined,
      service: '',
      stays: false,
      confirmed: undefined,
    });
  });
});
