/// <reference lib="es2024.string" />
import { catalogue, isErrorCode } from './catalogue.ts';
import { ApplicationError, ContainerError } from './container-error.ts';
import { boundedText, isError, messageOf } from './message-of.ts';
import {
  isCode,
  isDetails,
  type WireCause,
  type WireError,
  type WireErrorOptions,
  wireErrorLimits,
} from './wire-error.ts';

/**
 * The wire form of whatever was thrown. A {@link ContainerError} keeps code, message, status and details; anything else becomes
 * `Internal` with the text of its message. Long texts are cut, details that are no map are left out; details that are no portable
 * value are the sender's to find. Never throws.
 */
export function toWireError(thrown: unknown, options: WireErrorOptions = {}): WireError {
  try {
    const error = thrown instanceof ContainerError ? foreseen(thrown, options) : unforeseen(thrown, options);
    return options.reveal !== false && options.withStack === true ? { ...error, ...traceOf(thrown) } : error;
  } catch {
    return { code: 'Internal', message: 'an error that cannot be read was thrown' };
  }
}

function foreseen(error: ContainerError, { hasRun = false }: WireErrorOptions): WireError {
  const code = codeOf(error);
  const details = detailsOf(error, code, hasRun);
  return {
    code,
    message: boundedText(messageOf(error), wireErrorLimits.maxMessageLength),
    ...(!isErrorCode(code) && ownFacts(error)),
    ...(details !== undefined && { details }),
  };
}

function unforeseen(thrown: unknown, { reveal = true, reference }: WireErrorOptions): WireError {
  if (reveal)
    return { code: 'Internal', message: boundedText(messageOf(thrown), wireErrorLimits.maxMessageLength) };
  const where = boundedText(reference ?? 'the container that ran it', wireErrorLimits.maxMessageLength / 2);
  return {
    code: 'Internal',
    message: `the operation failed in a way it did not foresee; see the log of ${where}`,
    ...(reference !== undefined && { details: { reference: where } }),
  };
}

/** What the catalogue does not say of an application's code. */
function ownFacts(error: ContainerError): Pick<WireError, 'status' | 'retryable'> {
  return {
    ...(error instanceof ApplicationError && Number.isSafeInteger(error.status) && { status: error.status }),
    ...(error.retryable === true && { retryable: true }),
  };
}

/** The details, if they are a map that can be read; see {@link WireErrorOptions.hasRun}. */
function detailsOf({ details }: ContainerError, code: string, hasRun: boolean): WireError['details'] {
  try {
    if (details !== undefined && !isDetails(details)) return undefined;
    if (!hasRun) return details;
    const executed = details?.executed ?? (isErrorCode(code) ? catalogue[code].executed : 'unknown');
    return executed === 'no' ? { ...details, executed: 'unknown' } : details;
  } catch {
    return undefined;
  }
}

/** Stack and causes, as far as they can be read. */
function traceOf(thrown: unknown): Pick<WireError, 'causes' | 'stack'> {
  try {
    const causes = causesOf(thrown);
    const stack = stackOf(thrown);
    return {
      ...(causes.length > 0 && { causes }),
      ...(stack !== undefined && { stack: boundedText(stack, wireErrorLimits.maxStackLength) }),
    };
  } catch {
    return {};
  }
}

function causesOf(thrown: unknown): readonly WireCause[] {
  const causes: WireCause[] = [];
  const seen = new Set([thrown]);
  for (let at = causeOf(thrown); at !== undefined && !seen.has(at); at = causeOf(at)) {
    if (causes.length === wireErrorLimits.maxCauses) break;
    seen.add(at);
    causes.push({ code: codeOf(at), message: boundedText(messageOf(at), wireErrorLimits.maxMessageLength) });
  }
  return causes;
}

function causeOf(thrown: unknown): unknown {
  return isError(thrown) ? (thrown.cause ?? undefined) : undefined;
}

/** Its own stack, and below it that of the container that reported it. */
function stackOf(thrown: unknown): string | undefined {
  if (!isError(thrown) || typeof thrown.stack !== 'string') return undefined;
  const remote = thrown instanceof ContainerError ? thrown.remoteStack : undefined;
  return remote === undefined ? thrown.stack : `${thrown.stack}\n${remote}`;
}

/** The code of an error (Node's have one too: `ECONNREFUSED`), else its name. */
function codeOf(thrown: unknown): string {
  if (!isError(thrown)) return 'Internal';
  const code: unknown = 'code' in thrown && isCode(thrown.code) ? thrown.code : thrown.name;
  return isCode(code) ? code.toWellFormed() : 'Internal';
}
