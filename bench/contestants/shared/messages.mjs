/** What every contestant sends, answers and checks: `{number, text}`; the answer has the next number and the same text. */

/** @typedef {{ number: number, text: string }} Message */

/**
 * Makes messages whose text has that many characters of one byte.
 *
 * @param {number} bytes
 * @returns {(number: number) => Message}
 */
export function maker(bytes) {
  const text = 'all hands on deck, '.repeat(Math.ceil(bytes / 19)).slice(0, bytes);
  return (number) => ({ number, text });
}

/**
 * What a server answers.
 *
 * @param {Message} message
 * @returns {Message}
 */
export function answerTo({ number, text }) {
  return { number: number + 1, text };
}

/**
 * @param {Message} sent
 * @param {Message} answer
 * @throws {Error} for a wrong answer
 */
export function check(sent, answer) {
  if (answer.number !== sent.number + 1 || answer.text !== sent.text)
    throw new Error(`the answer to ${sent.number} is wrong: ${JSON.stringify(answer).slice(0, 200)}`);
}
