import type yargs from 'yargs';
import type { ContractArguments } from './contract-command.ts';
import { json } from './option-kinds.ts';

type Yargs = ReturnType<typeof yargs>;

const source = 'a module that exports contracts (a path or a package), or a JSON file that show wrote';

/** The commands below `ioncore contract`; `given` gets what was asked for. */
export function contractOptions(y: Yargs, given: (args: ContractArguments) => void) {
  return y
    .command(
      'diff <older> <newer>',
      'Tell what changes from one version of a contract to the next, and what breaks callers',
      (diff) =>
        diff
          .positional('older', {
            type: 'string',
            demandOption: true,
            describe: `What is deployed: ${source}`,
          })
          .positional('newer', {
            type: 'string',
            demandOption: true,
            describe: 'What comes after it: likewise',
          })
          .option('json', json)
          .example('$0 contract diff shop-1.json src/shop.ts', 'exits with 1 if a caller of version 1 breaks')
          .epilogue('Exits with 1 if something breaks and the major version is not raised.'),
      ({ older, newer, json }) => given({ command: 'contract', action: 'diff', older, newer, json }),
    )
    .command(
      'show <module>',
      'Show the contracts of a module',
      (show) =>
        show
          .positional('module', { type: 'string', demandOption: true, describe: source })
          .option('json', json)
          .example('$0 contract show src/shop.ts --json > shop-1.json', 'keeps them, to be compared later'),
      (args) => given({ command: 'contract', action: 'show', source: args.module, json: args.json }),
    )
    .recommendCommands()
    .demandCommand(
      1,
      "what about contracts? Say 'ioncore contract diff OLDER NEWER', or 'ioncore contract show MODULE'",
    );
}
