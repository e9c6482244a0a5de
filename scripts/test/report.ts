/** One short line of progress, on standard error so that Jest's own output stays clean. */
export function report(line: string): void {
  process.stderr.write(`npm test: ${line}\n`);
}
