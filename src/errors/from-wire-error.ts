import { isErrorCode } from './catalogue.ts';
import { ContainerError, type ErrorOptions, RemoteError } from './container-error.ts';
import { makeError } from './error-classes.ts';
import { boundedText } from './message-of.ts';
import { isCode, isDetails, type WireCause, type WireError, wireErrorLimits } from './wire-error.ts';

/**
 * The error that a `failure` stands for: a code of the catalogue in its class, with what the catalogue says of it whatever the sender
 * says, any other as {@link RemoteError}. Long texts are cut. Content that is not a wire error (a stranger's) becomes `Internal` and
 * is kept in `details.content`. Never throws.
 */
export function fromWireError(content: unknown): ContainerError {
  const error = readWireError(content);
  if (error === undefined) {
    return new ContainerError('Internal', 'The receiver reported a failure without saying which', {
      details: { content },
    });
  }
  const { code, message, details, causes = [], stack, status, retryable } = error;
  const cause = causes.reduceRight<ContainerError | undefined>(
    (inner, outer) => rebuild(outer.code, outer.message, inner === undefined ? {} : { cause: inner }),
    undefined,
  );
  return rebuild(
    code,
    message,
    {
      ...(details !== undefined && { details }),
      ...(cause !== undefined && { cause }),
      ...(stack !== undefined && { remoteStack: `remote:\n${stack}` }),
    },
    { ...(status !== undefined && { status }), ...(retryable !== undefined && { retryable }) },
  );
}

function rebuild(
  code: string,
  text: string,
  options: ErrorOptions,
  facts: Pick<WireError, 'status' | 'retryable'> = {},
): ContainerError {
  const message = boundedText(text, wireErrorLimits.maxMessageLength);
  return isErrorCode(code)
    ? makeError(code, message, options)
    : new RemoteError(code, message, { ...options, ...facts });
}

/** `content` if it is a wire error, each member read once. What may be absent and makes no sense is as if absent. */
function readWireError(content: unknown): WireError | undefined {
  try {
    if (typeof content !== 'object' || content === null) return undefined;
    const { code, message, status, retryable, details, causes, stack } = content as Partial<
      Record<keyof WireError, unknown>
    >;
    if (!isCode(code) || typeof message !== 'string') return undefined;
    if (status !== undefined && !isStatus(status)) return undefined;
    if (details !== undefined && !isDetails(details)) return undefined;
    return {
      code,
      message,
      ...(status !== undefined && { status }),
      ...(retryable === true && { retryable }),
      ...(details !== undefined && { details }),
      ...(Array.isArray(causes) && { causes: readCauses(causes) }),
      ...(typeof stack === 'string' && { stack: boundedText(stack, wireErrorLimits.maxStackLength) }),
    };
  } catch {
    return undefined;
  }
}

function isStatus(status: unknown): status is number {
  return Number.isSafeInteger(status);
}

function readCauses(causes: readonly unknown[]): readonly WireCause[] {
  return causes.slice(0, wireErrorLimits.maxCauses).flatMap((cause) => {
    if (typeof cause !== 'object' || cause === null) return [];
    const { code, message } = cause as Partial<Record<keyof WireCause, unknown>>;
    return isCode(code) && typeof message === 'string' ? [{ code, message }] : [];
  });
}
