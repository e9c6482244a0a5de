import type { Message } from '../codec/index.ts';
import type { Arrival, ServiceReceiver } from '../exchange/index.ts';
import type { CallOptions, SendOptions } from '../interact/index.ts';

/** The conversations of the container, as processes use them. */
export interface Conversations {
  call(
    sender: string,
    receiver: string,
    op: string,
    content: unknown,
    options?: CallOptions,
  ): Promise<Message>;
  send(sender: string, receiver: string, op: string, content: unknown, options?: SendOptions): Promise<void>;
  reply(arrival: Arrival, sender: string, content: unknown): void;
  replyError(arrival: Arrival, sender: string, error: unknown): void;
}

/** The exchange, as processes use it. */
export interface ServiceExchange {
  serviceReceiver(service: string): ServiceReceiver;
  handBack(arrival: Arrival): Promise<void>;
}
