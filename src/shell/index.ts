export { runScript, type ShellStreams } from './script-shell.ts';
export type { ShellHelpers, Target } from './shell-helpers.ts';
export { openTerminal, prompt, type TerminalStreams } from './terminal-shell.ts';
