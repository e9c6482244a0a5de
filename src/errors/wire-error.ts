/** An error as it crosses the wire: the content of a `failure`. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  /** ION's response code; absent where the catalogue gives it. */
  readonly status?: number;
  /** That an application's error is worth another attempt; absent where it is not, and where the catalogue says it. */
  readonly retryable?: true;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Why, the nearest cause first. Only from a container in development mode, as `stack`. */
  readonly causes?: readonly WireCause[];
  readonly stack?: string;
}

/** One of the causes of an error. */
export interface WireCause {
  /** The code; of what has none, the name of its class. */
  readonly code: string;
  readonly message: string;
}

/** What the wire form of an error tells. */
export interface WireErrorOptions {
  /**
   * Whether the text of an exception that nobody foresaw leaves the container: it may hold file names, addresses, data. Without it the
   * caller learns `Internal` and `reference`. Errors with a code are written for callers and always go. Default true.
   */
  readonly reveal?: boolean;
  /** Where the failure is written down, for the message that stands in: `container ship, conversation k3Jx#5`. Default none. */
  readonly reference?: string;
  /** Whether stack and causes go too; for development, and never without `reveal`. Default false. */
  readonly withStack?: boolean;
  /**
   * Whether the operation had begun. What it threw may come from a call of its own, of which `executed: 'no'` is true; of the operation
   * it is not, so it goes as `'unknown'`, lest the caller run it twice. Default false.
   */
  readonly hasRun?: boolean;
}

/** Both ends hold to these, so that no error is a load for whoever logs it. Texts are counted in UTF-16 units. */
export const wireErrorLimits = {
  maxCodeLength: 255,
  maxMessageLength: 8192,
  maxStackLength: 16_384,
  maxCauses: 4,
} as const;

/** Whether `code` can be one: a word that is not empty and not endless. */
export function isCode(code: unknown): code is string {
  return typeof code === 'string' && code !== '' && code.length <= wireErrorLimits.maxCodeLength;
}

/** Whether `details` can be some: a map, and no moment or bytes. */
export function isDetails(details: unknown): details is Readonly<Record<string, unknown>> {
  return (
    typeof details === 'object' &&
    details !== null &&
    !Array.isArray(details) &&
    !(details instanceof Date) &&
    !ArrayBuffer.isView(details)
  );
}
