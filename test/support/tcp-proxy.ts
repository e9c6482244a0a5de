import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A loopback proxy before a broker, so that a test can lose and regain the way to it while the broker stays.
 *
 * @example
 * const proxy = await TcpProxy.start(brokerUrl);
 * transport = make(proxy.url);
 * await proxy.cut();      // connections broken, new ones refused
 * await proxy.restore();  // the same port takes connections again
 */
export class TcpProxy {
  /** The broker's URL with the proxy's address in it. */
  readonly url: string;
  readonly #port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #frozen = false;

  private constructor(server: Server, port: number, targetUrl: URL) {
    this.#server = server;
    this.#port = port;
    this.#target = {
      host: targetUrl.hostname.replace(/^\[|\]$/g, ''),
      port: Number(targetUrl.port || (targetUrl.protocol === 'amqps:' ? 5671 : 5672)),
    };
    const own = new URL(targetUrl);
    own.hostname = '127.0.0.1';
    own.port = String(port);
    this.url = own.href;
    server.on('connection', (socket) => this.#pair(socket));
  }

  /** Starts a proxy to the broker at `targetUrl`. */
  static async start(targetUrl: string): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    return new TcpProxy(server, address.port, new URL(targetUrl));
  }

  /** Breaks every connection without a farewell; the next one is taken again. */
  sever(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Breaks every connection and refuses new ones until {@link restore}. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server === undefined ? undefined : once(server, 'close');
    server?.close();
    this.sever();
    await closed;
  }

  /** Takes connections again, at the same port. */
  async restore(): Promise<void> {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
    if (this.#server !== undefined) return;
    const server = createServer((socket) => this.#pair(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Stays connected and passes nothing on any more, either way, until {@link restore}: a broker that hangs. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Ends everything. */
  dispose(): Promise<void> {
    return this.cut();
  }

  #pair(client: Socket): void {
    const broker = connect(this.#target);
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('end', () => to.end());
      from.on('data', (chunk) => void to.write(chunk));
      if (this.#frozen) from.pause();
    }
  }
}
