import type { Container } from '../container/index.ts';
import { messageOf } from '../errors/index.ts';
import { redactUrls } from '../logging/index.ts';
import { visible } from '../util/index.ts';

/** Tells whoever runs a command when its connection is lost, and when it is back. */
export class BrokerLines {
  readonly #write: (text: string) => unknown;
  readonly #unlisten: () => void;
  #isLost = false;
  #isBlocked = false;

  constructor(container: Pick<Container, 'onBrokerStatus'>, stderr: { write(text: string): unknown }) {
    this.#write = (text) => stderr.write(`ioncore: ${text}\n`);
    this.#unlisten = container.onBrokerStatus((status) => {
      if (status.type === 'disconnected' && status.epoch > 0) this.#lost(status.cause);
      else if (status.type === 'connected') this.#connected();
      else if (status.type === 'blocked') this.#blocked(status.reason);
    });
  }

  close(): void {
    this.#unlisten();
  }

  /** Each attempt that fails comes here too. */
  #lost(cause: Error): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#isBlocked = false;
    this.#write(`connection to the broker lost (${visible(redactUrls(messageOf(cause)))}); trying again`);
  }

  #connected(): void {
    if (this.#isLost) this.#write('connected to the broker again');
    else if (this.#isBlocked) this.#write('the broker takes messages again');
    this.#isLost = false;
    this.#isBlocked = false;
  }

  #blocked(reason: string): void {
    // A connection may be blocked from its beginning.
    if (this.#isLost) this.#connected();
    if (!this.#isBlocked) this.#write(`the broker takes no messages now: ${visible(redactUrls(reason))}`);
    this.#isBlocked = true;
  }
}
