/** What stands for a secret. */
export const hidden = '***';

/** Names of facts that are never shown. `routingKey` and its like are no secrets, so a key must be named alone or as what it is. */
const SECRET =
  /(?:password|passwd|passphrase|secret|token|credential|authorization)s?$|^(?:(?:api|access|private|secret|tls)[_-]?keys?|key)$/i;
const SCHEME_END = '://';
const SCHEME_CHARACTER = /[a-z0-9+.-]/i;
const PATH_START = /[/?#\n]/;
const WORD_END = /[\s"<>`]/;
const NOT_USER = /[/?#\s]/;

/** Whether a fact of this name is a secret, whatever its value. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/**
 * `text` with the passwords of all URLs hidden: `amqp://user:***@host`. Where it is unclear what belongs to a password, because somebody did not
 * encode it, too much is hidden rather than too little. A user without a password is shown for AMQP; elsewhere it may be a token.
 *
 * Takes time linear in the text, whatever it is made of.
 */
export function redactUrls(text: string): string {
  let separator = text.indexOf(SCHEME_END);
  if (separator === -1) return text;
  let result = '';
  let done = 0;
  while (separator !== -1) {
    const start = separator + SCHEME_END.length;
    const next = nextUrl(text, start);
    const end = userEnd(text.slice(start, next));
    if (end > 0) {
      result +=
        text.slice(done, start) + hideUser(schemeBefore(text, separator), text.slice(start, start + end));
      done = start + end;
    }
    separator = next === text.length ? -1 : text.indexOf(SCHEME_END, next);
  }
  return result + text.slice(done);
}

/** Where the next URL begins: a scheme that stands at the beginning of a word, so that `://` in a password begins none. */
function nextUrl(text: string, from: number): number {
  for (let at = text.indexOf(SCHEME_END, from); at !== -1; at = text.indexOf(SCHEME_END, at + 1)) {
    const scheme = schemeBefore(text, at);
    const begin = at - scheme.length;
    if (scheme !== '' && begin > from && /[\s,;|"'<>()[\]{}=]/.test(text.charAt(begin - 1))) return begin;
  }
  return text.length;
}

function schemeBefore(text: string, end: number): string {
  let begin = end;
  while (begin > 0 && end - begin < 32 && SCHEME_CHARACTER.test(text.charAt(begin - 1))) begin -= 1;
  return text.slice(begin, end);
}

/**
 * Where the `@` after the user stands in what follows a scheme, or -1. By the standard it is the last one before the path, whatever
 * stands before it, blanks included; a password with an unencoded `/` reaches to the last one of its word.
 */
function userEnd(rest: string): number {
  const authority = rest.slice(0, indexOr(rest, PATH_START));
  const word = rest.slice(0, indexOr(rest, WORD_END));
  return Math.max(authority.lastIndexOf('@'), word.startsWith('/') ? -1 : word.lastIndexOf('@'));
}

function hideUser(scheme: string, user: string): string {
  const colon = user.indexOf(':');
  if (colon !== -1) return `${user.slice(0, colon)}:${hidden}`;
  // Something like https://host/@name: no user at all.
  if (NOT_USER.test(user)) return user;
  return /^amqps?$/i.test(scheme) ? user : hidden;
}

function indexOr(text: string, pattern: RegExp): number {
  const index = text.search(pattern);
  return index === -1 ? text.length : index;
}
