/**
 * The receiving side of one-way messages, in a process that the sender has forked: counts what arrives and tells the sender over the channel between the two,
 * beside RabbitMQ: every hundred messages, and two milliseconds after the last.
 */
const between = 100;
const patienceMs = 2;

/**
 * @param {() => unknown} close called when the sender has gone
 * @returns `ready(facts)`, to be called once, and `arrived(message)`
 */
export function arrivals(close) {
  let count = 0;
  let sum = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (process.connected) process.send?.({ count, sum });
  };
  process.once('disconnect', async () => {
    clearTimeout(timer);
    setTimeout(() => process.exit(), 2_000).unref();
    await close();
    process.exit();
  });
  return {
    /** @param {Record<string, string>} facts what the sender must know, as an address */
    ready: (facts = {}) => void process.send?.({ facts }),
    /** @param {import('./messages.mjs').Message} message */
    arrived: ({ number, text }) => {
      count += 1;
      sum += number + text.length;
      if (count % between === 0) tell();
      else timer ??= setTimeout(tell, patienceMs);
    },
  };
}
