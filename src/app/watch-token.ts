/** Tells the copies of a module apart that successive starts of an app load: a parameter of its URL. */
const PARAMETER = 'ioncore-watch';

/** The start that the module at `url` was loaded for, if it was loaded for one. */
export function tokenOf(url: string): string | undefined {
  return url.startsWith('file:') ? (new URL(url).searchParams.get(PARAMETER) ?? undefined) : undefined;
}

/** The URL of the copy of a module that belongs to a start. */
export function withToken(url: string, token: string): string {
  const marked = new URL(url);
  marked.searchParams.set(PARAMETER, token);
  return marked.href;
}
