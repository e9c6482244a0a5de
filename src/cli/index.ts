export { exitCode } from './exit-code.ts';
export { runCli } from './run-cli.ts';
export type { CliWorld } from './world.ts';
