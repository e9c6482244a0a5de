import type yargs from 'yargs';
import type { NewServiceArguments } from './new-command.ts';
import { text } from './option-kinds.ts';

type Yargs = ReturnType<typeof yargs>;

/** The commands below `ioncore new`; `given` gets what was asked for. */
export function newOptions(y: Yargs, given: (args: NewServiceArguments) => void) {
  return y
    .command(
      'service <name>',
      'Make a project for one service, with its app and its test',
      (service) =>
        service
          .positional('name', {
            type: 'string',
            demandOption: true,
            describe: 'The name that callers use: segments of letters, digits, _ and -, joined by dots',
          })
          .option(
            'directory',
            text('directory', 'Where to write it, empty or not there yet (default ./NAME)'),
          )
          .example('$0 new service tides', 'writes ./tides, whose test passes at once')
          .epilogue(
            'Writes package.json, tsconfig.json, README.md, .gitignore, NAME.app, src/NAME.ts and test/NAME.test.ts; nothing when ' +
              'anything is in the way. Then: cd NAME, npm install, npm test, npm start.',
          ),
      (args) => given({ command: 'new', kind: 'service', name: args.name, directory: args.directory }),
    )
    .recommendCommands()
    .demandCommand(1, "what shall be made? Say 'ioncore new service NAME'");
}
