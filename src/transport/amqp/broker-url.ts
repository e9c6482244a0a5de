import { ConfigurationError } from '../../errors/index.ts';

/** A broker's address, taken apart. */
export interface BrokerUrl {
  readonly protocol: 'amqp' | 'amqps';
  readonly hostname: string;
  readonly port: number;
  /** The user who logs in; RabbitMQ's default `guest` where the address names nobody. */
  readonly login: string;
  readonly password: string;
  readonly vhost: string;
  /** The address as people may see it: without the password. */
  readonly label: string;
}

/** What a URL begins with; blanks before it are forgiven. */
const schemeOf = /^\s*[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Takes an `amqp://` or `amqps://` address apart: `amqp://user:password@host:port/vhost`, each part but the host optional, reserved
 * characters percent-encoded. Throws `ConfigurationError`, naming `place` and the address without its credentials.
 */
export function parseBrokerUrl(text: string, place: string): BrokerUrl {
  const fail = (problem: string): never => {
    throw new ConfigurationError(`${place} "${redact(text)}" ${problem}`);
  };
  if (!schemeOf.test(text) || !URL.canParse(text)) {
    fail('is not a URL; wanted amqp://user:password@host:port/vhost');
  }
  const url = new URL(text);
  const protocol = url.protocol === 'amqp:' ? 'amqp' : url.protocol === 'amqps:' ? 'amqps' : undefined;
  if (protocol === undefined) return fail(`has the scheme ${url.protocol}// instead of amqp:// or amqps://`);
  if (url.hostname === '') fail('names no host');
  // An unescaped "@" or "/" of a password ends up in the path; taken for a vhost it would be printed.
  if (url.pathname.includes('@')) fail('has "@" after the host; percent-encode user, password and vhost');
  if (url.pathname.indexOf('/', 1) > 0) fail('has "/" in its virtual host; write it as %2F');
  if (url.search !== '' || url.hash !== '') {
    fail('has parameters after the virtual host; give heartbeatS and the like as options instead');
  }
  const decode = (part: string, name: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return fail(`has a ${name} that is not percent-encoded UTF-8`);
    }
  };
  const anonymous = url.username === '' && url.password === '';
  const login = anonymous ? 'guest' : decode(url.username, 'user');
  const password = anonymous ? 'guest' : decode(url.password, 'password');
  const vhost = decode(url.pathname.slice(1), 'virtual host') || '/';
  const port = url.port === '' ? (protocol === 'amqp' ? 5672 : 5671) : Number(url.port);
  const path = vhost === '/' ? '' : `/${encodeURIComponent(vhost)}`;
  return Object.freeze({
    protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    login,
    password,
    vhost,
    label: `${protocol}://${encodeURIComponent(login)}@${url.hostname}:${port}${path}`,
  });
}

/**
 * Hides everything between the scheme, if there is one, and the last `@`, whatever else is wrong with the text. Without `@` it hides what
 * follows a colon and is no port: the beginning of a password that had a comma, say.
 */
function redact(text: string): string {
  const scheme = schemeOf.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  const shown = at === -1 ? rest.replace(/:(?!\d+(?:[/?#]|$)).*/s, ':***') : `***${rest.slice(at)}`;
  return scheme + shown;
}
