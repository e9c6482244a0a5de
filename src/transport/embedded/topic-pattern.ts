/** Tells whether a routing key, split by {@link splitKey}, matches. */
export type TopicMatcher = (words: readonly string[]) => boolean;

/** The words of a routing key or pattern; the empty key has none, as at RabbitMQ. */
export function splitKey(key: string): readonly string[] {
  return key === '' ? [] : key.split('.');
}

/** Whether `pattern` stands for more than itself: a word of it is `*` or `#`. */
export function isPattern(pattern: string): boolean {
  return splitKey(pattern).some((word) => word === '*' || word === '#');
}

/** Compiles a topic pattern: `*` stands for exactly one word, `#` for any number of words, none included. */
export function compileTopicPattern(pattern: string): TopicMatcher {
  const wanted = splitKey(pattern);
  // Only the last `#` passed ever needs a second try: what the ones before it took can stay as it is. So no recursion.
  return (words) => {
    let at = 0;
    let next = 0;
    let hashAt = -1;
    let resumeAt = 0;
    while (at < words.length) {
      const word = wanted[next];
      if (word === '#') {
        hashAt = next++;
        resumeAt = at;
      } else if (word === '*' || (word !== undefined && word === words[at])) {
        next++;
        at++;
      } else if (hashAt >= 0) {
        next = hashAt + 1;
        at = ++resumeAt;
      } else {
        return false;
      }
    }
    while (wanted[next] === '#') next++;
    return next === wanted.length;
  };
}
