import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { toConnectError, toError } from './broker-errors.ts';
import type { BrokerUrl } from './broker-url.ts';
import type { LinkLife } from './link-life.ts';
import type { ResolvedAmqpTransportOptions } from './options.ts';
import { TurnCork } from './turn-cork.ts';

/** RabbitMQ's own. */
const defaultChannelMax = 2047;

/** Who wants to know that the broker stops or resumes taking messages; undefined = resumes. */
export type BlockedListener = (reason: string | undefined) => void;

/** One AMQP connection of a link; its failure ends the link, and the link's end closes its socket. */
export class AmqpConnection {
  readonly cork: TurnCork;
  readonly #model: ChannelModel;
  readonly #life: LinkLife;
  #blockedReason: string | undefined;
  #unblockedAt = -Infinity;
  #leaving = false;

  private constructor(model: ChannelModel, life: LinkLife, onBlocked: BlockedListener) {
    this.#model = model;
    this.cork = new TurnCork(model.connection, life.env.scheduler);
    this.#life = life;
    model.on('error', (error) => life.end(toError(error)));
    model.on('close', (error) => {
      // The answer to our own goodbye must not take the other connection's away.
      if (!this.#leaving) life.end(toError(error ?? new Error('RabbitMQ closed the connection')));
    });
    model.on('blocked', (reason) => {
      this.#blockedReason = reason;
      onBlocked(reason);
    });
    model.on('unblocked', () => {
      this.#blockedReason = undefined;
      this.#unblockedAt = life.env.clock.now();
      onBlocked(undefined);
    });
  }

  /**
   * Opens a connection that RabbitMQ lists as `<clientName> <role>`. Rejects with `BrokerRefused` or `BrokerUnreachable`, at the latest
   * after `connectTimeoutMs`, and when `life` ends before.
   */
  static async open(
    url: BrokerUrl,
    role: 'publish' | 'consume' | 'apart',
    options: ResolvedAmqpTransportOptions,
    life: LinkLife,
    onBlocked: BlockedListener,
  ): Promise<AmqpConnection> {
    // The only way to a socket that amqplib hides: without it a dead peer's half-open socket would outlive us.
    const socket = new AbortController();
    life.onEnd(() => socket.abort());
    const { protocol, hostname, port, login, password, vhost } = url;
    const target = {
      protocol,
      hostname,
      port,
      username: login,
      password,
      vhost: encodeURIComponent(vhost),
      heartbeat: options.heartbeatS,
    };
    const socketOptions = {
      ...options.tls,
      noDelay: true,
      signal: socket.signal,
      clientProperties: { product: 'ioncore', connection_name: `${options.clientName} ${role}` },
    };
    let late = false;
    const timer = options.env.clock.timer(options.connectTimeoutMs, () => {
      late = true;
      socket.abort();
    });
    try {
      const { connect } = await import('./connect.ts');
      // A socket that is made with a signal that has come already stays open.
      socket.signal.throwIfAborted();
      return new AmqpConnection(await connect(target, socketOptions), life, onBlocked);
    } catch (error) {
      if (late) throw toConnectError(url, new Error(`no answer within ${options.connectTimeoutMs} ms`));
      throw toConnectError(url, error);
    } finally {
      timer.cancel();
    }
  }

  /** Why the broker takes no messages at present; undefined = it takes them. */
  get blockedReason(): string | undefined {
    return this.#blockedReason;
  }

  /** When the broker last began to take messages again, on the monotonic clock; -Infinity if it never refused. */
  get unblockedAt(): number {
    return this.#unblockedAt;
  }

  /** RabbitMQ's version, for the log. */
  get serverVersion(): string {
    return this.#model.connection.serverProperties.version;
  }

  /** The highest number of a channel, agreed with the broker. */
  get channelMax(): number {
    const { connection } = this.#model;
    return 'channelMax' in connection && typeof connection.channelMax === 'number'
      ? connection.channelMax
      : defaultChannelMax;
  }

  createChannel(): Promise<Channel> {
    return this.#model.createChannel();
  }

  createConfirmChannel(): Promise<ConfirmChannel> {
    return this.#model.createConfirmChannel();
  }

  /** Says goodbye and resolves once the broker has answered, or the connection is gone otherwise. */
  async close(): Promise<void> {
    this.#leaving = true;
    const closed = new Promise<void>((resolve) => {
      this.#model.once('close', () => resolve());
      this.#life.onEnd(() => resolve());
    });
    // Its own promise stays pending when the socket breaks before the answer.
    this.#model.close().catch(() => {});
    await closed;
  }
}
