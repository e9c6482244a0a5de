import { createInterface } from 'node:readline';

/** A run's figures by name. @typedef {Readonly<Record<string, number>>} Figures */

/**
 * Speaks the workers' protocol (bench/suite/worker.ts): says `ready`, answers each line with what its handler gives, one after the other, and ends when
 * standard input does. A handler is found by the first word of the line and gets the others; those that are numbers come as numbers.
 *
 * @param {Readonly<Record<string, (...words: any[]) => Figures | Promise<Figures>>>} handlers what one throws is told as `{"error": …}`
 * @param {() => unknown} [close] called when standard input has ended; the process ends after it, or two seconds later
 */
export async function serve(handlers, close = () => undefined) {
  const lines = createInterface({ input: process.stdin });
  console.log('ready');
  for await (const line of lines) console.log(JSON.stringify(await answer(handlers, line)));
  // Peers that keep something open must not keep the bench waiting.
  setTimeout(() => process.exit(), 2_000).unref();
  await close();
  process.exit();
}

/**
 * @param {Parameters<typeof serve>[0]} handlers
 * @param {string} line
 */
async function answer(handlers, line) {
  const [name = '', ...words] = line.trim().split(' ');
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`there is no '${name}' here`);
    return await handler(...words.map((word) => (Number.isNaN(Number(word)) ? word : Number(word))));
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
