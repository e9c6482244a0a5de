/**
 * In the place of `node:tls` in amqplib, which loads it at every start and needs it for `amqps://` alone.
 */
import { createRequire } from 'node:module';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

const require = createRequire(import.meta.url);

/** As that of `node:tls`. */
export function connect(options: ConnectionOptions, onConnect?: () => void): TLSSocket {
  const tls: typeof import('node:tls') = require('node:tls');
  return tls.connect(options, onConnect);
}
