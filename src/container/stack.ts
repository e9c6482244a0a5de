/** A frame of a stack: `at Foo.emit (node:events:518:28)`. */
const emitFrame = /^\s*at .*\bemit \(node:events:/;
const nodeFrame = /\(node:|\bat node:/;

/**
 * Whether an error came up through an `emit` that the program's own code had called. Such a listener runs in the name of whoever emits, so its
 * errors say nothing about whose it is. What Node itself emits (data of a socket, the end of a file) has no such frame below.
 */
export function passedForeignEmitter(error: unknown): boolean {
  if (!(error instanceof Error) || error.stack === undefined) return false;
  const frames = error.stack.split('\n').filter((line) => /^\s*at /.test(line));
  return frames.some((frame, index) => {
    if (!emitFrame.test(frame)) return false;
    const below = frames[index + 1];
    return below !== undefined && !nodeFrame.test(below);
  });
}
