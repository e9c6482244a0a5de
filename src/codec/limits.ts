import { ConfigurationError } from '../errors/index.ts';

/** What a message may cost, in the three stages of options; both ends should hold the same. */
export interface CodecLimitsOptions {
  /** A frame, or the body of a JSON message. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** One envelope; at least {@link frameOverheadBytes} less than a frame. Default 8 MiB. */
  readonly maxEnvelopeBytes?: number;
  /** How deep arrays and objects of a portable value may nest, 1 to 500. Default 64. */
  readonly maxDepth?: number;
  /** How many values a message may hold: scalars, arrays and objects, but not keys. Default 1 000 000. */
  readonly maxValues?: number;
}

export type CodecLimits = Required<CodecLimitsOptions>;

/** Envelopes in one frame; ours hold at most 64. Each is a message to be handled, however few bytes it takes. */
export const maxFrameEnvelopes = 1024;

/** Room that a frame keeps for its header. */
export const frameOverheadBytes = 1024;

export const defaultCodecLimits: CodecLimits = Object.freeze({
  maxFrameBytes: 16 * 1024 * 1024,
  maxEnvelopeBytes: 8 * 1024 * 1024,
  maxDepth: 64,
  maxValues: 1_000_000,
});

/** The walks over values are recursive, so depth is bounded by Node's stack. */
const highest: CodecLimits = {
  maxFrameBytes: 512 * 1024 * 1024,
  maxEnvelopeBytes: 512 * 1024 * 1024 - frameOverheadBytes,
  maxDepth: 500,
  maxValues: 0x7fff_ffff,
};

/**
 * Fills in the defaults and freezes. Throws {@link ConfigurationError} for an unknown key, a value that is no whole number in range,
 * and an envelope that would not fit a frame.
 */
export function resolveCodecLimits(options: CodecLimitsOptions = {}): CodecLimits {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(defaultCodecLimits, key)) {
      throw new ConfigurationError(
        `Codec limits: unknown key ${JSON.stringify(key)}; known are ${Object.keys(defaultCodecLimits).join(', ')}`,
      );
    }
  }
  const limits: CodecLimits = {
    maxFrameBytes: limit(options, 'maxFrameBytes'),
    maxEnvelopeBytes: limit(options, 'maxEnvelopeBytes'),
    maxDepth: limit(options, 'maxDepth'),
    maxValues: limit(options, 'maxValues'),
  };
  if (limits.maxEnvelopeBytes > limits.maxFrameBytes - frameOverheadBytes) {
    throw new ConfigurationError(
      `Codec limits: maxEnvelopeBytes ${limits.maxEnvelopeBytes} must be at least ${frameOverheadBytes} less than ` +
        `maxFrameBytes ${limits.maxFrameBytes}, else a large envelope fits no frame`,
    );
  }
  return Object.freeze(limits);
}

function limit(options: CodecLimitsOptions, key: keyof CodecLimits): number {
  const value = options[key] ?? defaultCodecLimits[key];
  if (!Number.isInteger(value) || value < 1 || value > highest[key]) {
    throw new ConfigurationError(
      `Codec limits: ${key} must be a whole number from 1 to ${highest[key]}, got ${String(value)}`,
    );
  }
  return value;
}
