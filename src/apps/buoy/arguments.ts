import { ConfigurationError } from '../../index.ts';
import type { TcpAddress } from './tcp-lines.ts';

/** What the app is told; all of its processes are told the same, and each takes what is for it. */
export interface BuoyArguments {
  /** Where the sentences come from. Default: the simulator. */
  readonly source: Source;
  /** How many times faster than recorded they are played: 1 is their own pace, `Infinity` as fast as the broker takes the readings. Default 1. */
  readonly factor: number;
  /** Whether a file begins again at its end. Default false. */
  readonly repeat: boolean;
  /** Whose readings they are. Default 'buoy'. */
  readonly origin: string;
  /** Where the recorder appends. Default 'buoy.jsonl', in the working directory. */
  readonly file: string;
}

/** Where sentences come from. */
export type Source =
  | { readonly kind: 'simulator' }
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'tcp' } & TcpAddress);

const known = ['source', 'pace', 'repeat', 'origin', 'file'];

/**
 * Reads the arguments of the app.
 *
 * @throws ConfigurationError for what cannot be used, and for what it does not know
 */
export function readArguments(args: Readonly<Record<string, unknown>>): BuoyArguments {
  for (const name of Object.keys(args)) {
    if (!known.includes(name))
      throw new ConfigurationError(`buoy: there is no argument '${name}'; known are ${known.join(', ')}`);
  }
  const { source = 'simulator', pace = 'own', repeat = false, origin = 'buoy', file = 'buoy.jsonl' } = args;
  const from = readSource(source);
  if (typeof repeat !== 'boolean') throw wrong('repeat', 'true or false', repeat);
  if (from.kind !== 'file' && repeat) throw wrong('repeat', 'false unless source is a file', repeat);
  if (from.kind === 'tcp' && pace !== 'own')
    throw wrong('pace', "'own' for a TCP address: sentences come when they come", pace);
  if (from.kind === 'simulator' && pace === 'fast')
    throw wrong('pace', "'own' or a number for the simulator, which has no end", pace);
  return {
    source: from,
    // What comes while it is measured waits for nothing.
    factor: from.kind === 'tcp' ? Number.POSITIVE_INFINITY : readPace(pace),
    repeat,
    origin: text('origin', origin),
    file: text('file', file),
  };
}

const tcpForm = 'tcp://<host>:<port>';

function readSource(value: unknown): Source {
  const source = text('source', value);
  if (source === 'simulator') return { kind: 'simulator' };
  if (!source.startsWith('tcp:')) return { kind: 'file', path: source };
  const url = URL.canParse(source) ? new URL(source) : undefined;
  const { hostname = '', port = '', pathname = '', search = '', hash = '', username = '' } = url ?? {};
  const rest = pathname + search + hash + username;
  if (hostname === '' || Number(port) === 0 || (rest !== '' && rest !== '/'))
    throw wrong('source', `'simulator', the path of a file, or ${tcpForm}`, value);
  return { kind: 'tcp', host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function readPace(pace: unknown): number {
  if (pace === 'own') return 1;
  if (pace === 'fast') return Number.POSITIVE_INFINITY;
  if (typeof pace === 'number' && Number.isFinite(pace) && pace > 0) return pace;
  throw wrong('pace', "'own', 'fast' or a number above 0, how many times faster than recorded", pace);
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, 'a text', value);
}

function wrong(name: string, expected: string, found: unknown): ConfigurationError {
  const shown = typeof found === 'string' ? `'${found}'` : String(found);
  return new ConfigurationError(`buoy: ${name} is ${shown}; expected ${expected}`);
}
