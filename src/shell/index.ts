export { historyFile } from './history.ts';
export { runScript, type ShellStreams } from './script-shell.ts';
export {
  openTerminal,
  prompts,
  type Terminal,
  type TerminalOptions,
  type TerminalStreams,
} from './terminal-shell.ts';
