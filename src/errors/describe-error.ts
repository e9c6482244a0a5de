import { type CatalogueEntry, catalogue, type ErrorCode, errorCodes } from './catalogue.ts';
import { classNameOf } from './error-classes.ts';

/** An entry of the catalogue as people and programs are shown it. */
export interface ErrorDescription extends CatalogueEntry {
  readonly code: ErrorCode;
  /** The exported class of its errors. */
  readonly className: string;
}

/** Everything about one code. */
export function describeError(code: ErrorCode): ErrorDescription {
  return { code, className: classNameOf(code), ...catalogue[code] };
}

/** Everything about every code, in the order of the catalogue. */
export function describeErrors(): readonly ErrorDescription[] {
  return errorCodes.map(describeError);
}

/** How the facts of an error read. */
export interface ErrorFacts {
  readonly retry: string;
  readonly executed: string;
  readonly reach: string;
}

/** The facts of an error in words. */
export function factsOf({ retryable, executed, severity }: CatalogueEntry): ErrorFacts {
  return {
    retry: retryable ? 'may help; the same call may succeed later' : 'no use before something is changed',
    executed: executedWords[executed],
    reach: reachWords[severity],
  };
}

const executedWords = {
  no: 'no; nothing of the operation ran',
  unknown: 'unknown; the operation may have run, wholly or in part',
  varies: 'varies; `details.executed` of the error is `no` or `unknown`',
} as const satisfies Record<CatalogueEntry['executed'], string>;

const reachWords = {
  message: 'one message; everything else goes on',
  channel: 'what was to be declared; connection and container go on',
  connection: 'the connection to the broker',
  container: 'the container, or the app, that was to start',
} as const satisfies Record<CatalogueEntry['severity'], string>;
