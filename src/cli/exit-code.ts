/** How the program ends. 64 is sysexits' usage error, as ION's `ionsval` had it. */
export const exitCode = {
  ok: 0,
  /** It did not start, or a line of the script failed. */
  failed: 1,
  usage: 64,
  /** A second signal: stopped at once, in no order. */
  interrupted: 130,
} as const;
