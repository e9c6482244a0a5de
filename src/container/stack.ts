/** A frame in which Node calls the listeners of an emitter, an event target or an abort signal. */
const dispatchFrame = /\bemit \(node:events:|\(node:internal\/event_target:/;
const nodeFrame = /\(node:|\bat node:/;
/** Not on the stack, but waiting for what is. */
const asyncFrame = /^\s*at async /;
/** From here up the code runs in the name of whom the context tells; see `scope.ts` of the processes. */
const ownFrame = /\b(runInProcessScope|abortOwnSignal)\b/;

/**
 * Whether the context in which an error surfaced tells whose it is. It does not if the error came up through an event that the program's own code
 * had raised: such a listener runs in the name of whoever raises it. What Node itself raises (data of a socket, the end of a file) has
 * only Node's frames below. What has no stack may have come from anywhere.
 */
export function tellsWhose(error: unknown): boolean {
  const frames = framesOf(error);
  if (frames === undefined) return false;
  let wasDispatched = false;
  for (const frame of frames) {
    if (ownFrame.test(frame)) return true;
    if (dispatchFrame.test(frame)) wasDispatched = true;
    else if (wasDispatched && !nodeFrame.test(frame) && !asyncFrame.test(frame)) return false;
  }
  return true;
}

function framesOf(error: unknown): readonly string[] | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if (!('stack' in error) || typeof error.stack !== 'string') return undefined;
  return error.stack.split('\n').filter((line) => /^\s*at /.test(line));
}
