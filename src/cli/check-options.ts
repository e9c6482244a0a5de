import type yargs from 'yargs';
import { text } from './option-kinds.ts';

type Yargs = ReturnType<typeof yargs>;

/** The options of `ioncore check`. */
export function checkOptions(y: Yargs) {
  return y
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: '.app and .rel files, checked as a container that starts them together has them',
    })
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON value' })
    .option('config', text('config', 'Further configuration file, as for start'))
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'Set one value, as for start; may be repeated',
    })
    .epilogue(
      'Modules are found, never loaded: that a module is not valid JavaScript or TypeScript, throws, has no function start, or lacks the ' +
        'class that an app names, only ioncore start tells.',
    );
}
