import type yargs from 'yargs';
import type { ConfigArguments } from './config-command.ts';
import { text } from './option-kinds.ts';
import { assignmentsOf, optionValues } from './option-variables.ts';

type Yargs = ReturnType<typeof yargs>;

/** The commands below `ioncore config`; `given` gets what was asked for. `variables` are those of the environment. */
export function configOptions(
  y: Yargs,
  variables: Readonly<Record<string, string | undefined>>,
  given: (args: ConfigArguments) => void,
) {
  return y
    .command(
      'explain [paths..]',
      'Show settings, their values and where these come from',
      (explain) =>
        explain
          .positional('paths', {
            type: 'string',
            array: true,
            describe:
              'Settings or sections: rpc.timeoutMs, rpc; default all. With .app and .rel files: as a container that starts them has it',
          })
          .option('config', text('config', 'Further configuration file'))
          .option('set', {
            type: 'string',
            array: true,
            nargs: 1,
            default: [] as string[],
            describe: 'As for start',
          })
          .option('json', { type: 'boolean', default: false, describe: 'Print one JSON value' })
          .example(
            '$0 config explain rpc.timeoutMs tides.app',
            'what the app would run with, and who says so',
          )
          .config(optionValues(variables, ['config'])),
      ({ paths, config, set, json }) =>
        given({
          command: 'config',
          paths: paths ?? [],
          file: config,
          ...assignmentsOf(set, variables),
          json,
        }),
    )
    .recommendCommands()
    .demandCommand(1, "what about the configuration? Say 'ioncore config explain [PATH…]'");
}
