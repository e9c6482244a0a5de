/** Where a value came from, the weakest layer first: each overrides those before it. */
export const layerNames = [
  'default',
  'ioncore.yaml',
  'ioncore.local.yaml',
  '--config',
  'app',
  'release',
  'environment',
  'command line',
  'options',
] as const;

export type LayerName = (typeof layerNames)[number];

/** The place of a value. */
export interface Origin {
  readonly layer: LayerName;
  /** The file, for layers that are files. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** The variable or option, for layers that are none. */
  readonly source?: string;
}

/** One value at a dotted path, as one layer gives it. */
export interface Setting {
  /** `rpc.timeoutMs`. */
  readonly path: string;
  readonly value: unknown;
  readonly origin: Origin;
}

/** Where a value came from, for people: `res/config/ioncore.yaml:3`, `IONCORE_CONFIG_RPC_TIMEOUT_MS`, `default`. */
export function describeOrigin({ layer, file, line, source }: Origin): string {
  if (file !== undefined) return line === undefined ? file : `${file}:${line}`;
  return source ?? layer;
}
