import yargs from 'yargs';
import { closest } from '../util/index.ts';
import { brokerArguments } from './broker-options.ts';
import type { CheckArguments } from './check-command.ts';
import { checkOptions } from './check-options.ts';
import { clientOptions } from './client-options.ts';
import type { ConfigArguments } from './config-command.ts';
import { configOptions } from './config-options.ts';
import type { ContractArguments } from './contract-command.ts';
import { contractOptions } from './contract-options.ts';
import type { DeadArguments } from './dead-command.ts';
import { deadOptions } from './dead-options.ts';
import type { ErrorArguments } from './error-command.ts';
import type { NewServiceArguments } from './new-command.ts';
import { newOptions } from './new-options.ts';
import { json, text } from './option-kinds.ts';
import { assignmentsOf, optionValues, startVariables } from './option-variables.ts';
import type { ProtoArguments } from './proto-command.ts';
import type { PublishArguments } from './publish-command.ts';
import { publishArguments, publishOptions } from './publish-options.ts';
import { checkStart, type StartArguments, startOptions } from './start-options.ts';
import type { TailArguments } from './tail-command.ts';
import { tailArguments, tailOptions } from './tail-options.ts';
import { UsageError } from './usage-error.ts';

/** `ioncore check` as it was given. */
export interface CheckCommand extends CheckArguments {
  readonly command: 'check';
  readonly files: readonly string[];
}

/** What the command line asks for. */
export type Arguments =
  | StartArguments
  | CheckCommand
  | ConfigArguments
  | ContractArguments
  | ErrorArguments
  | NewServiceArguments
  | ProtoArguments
  | PublishArguments
  | TailArguments
  | DeadArguments
  | { readonly command: 'print'; readonly text: string };

/**
 * Reads the command line, and `IONCORE_…` variables for options that it does not give.
 *
 * @throws UsageError for anything unknown, missing or contradictory
 */
export async function parseArguments(
  argv: readonly string[],
  version: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Arguments> {
  let result: Arguments | undefined;
  let printed = '';
  const parser = yargs()
    .scriptName('ioncore')
    .usage('$0 <command>\n\nOTP for TypeScript on RabbitMQ: runs and inspects capability containers.')
    .parserConfiguration({ 'boolean-negation': false, 'camel-case-expansion': false })
    .command(
      'start [files..]',
      'Start a container, then apps, releases and scripts in order, then a prompt',
      (y) =>
        startOptions(y).config(
          optionValues(
            variables,
            startVariables.filter((option) => option !== 'set'),
          ),
        ),
      (args) => {
        result = {
          command: 'start',
          files: args.files ?? [],
          sysname: args.sysname,
          contid: args.contid,
          ...brokerArguments(args),
          args: args.args,
          bootScript: args['boot-script'],
          config: args.config,
          set: assignmentsOf(args.set, variables),
          pidfile: args.pidfile,
          readyFile: args['ready-file'],
          logLevel: args['log-level'],
          logFormat: args['log-format'],
          noShell: args['no-shell'],
          noHistory: args['no-history'],
          watch: args.watch,
        };
      },
    )
    .command(
      'check <files..>',
      'Tell everything that is wrong with .app and .rel files, without starting anything',
      (y) => checkOptions(y).config(optionValues(variables, ['config'])),
      ({ files, json: asJson, config, set }) => {
        result = { command: 'check', files, json: asJson, file: config, ...assignmentsOf(set, variables) };
      },
    )
    .command('config', 'Show settings and where they come from: ioncore config explain', (y) =>
      configOptions(y, variables, (args) => {
        result = args;
      }),
    )
    .command('new', 'Make a project to go on from: ioncore new service NAME', (y) =>
      newOptions(y, (args) => {
        result = args;
      }),
    )
    .command(
      'error [code]',
      'Tell what an error code means and what to do about it',
      (y) =>
        y
          .positional('code', {
            type: 'string',
            describe: 'A code (Timeout) or a status (503); default all',
          })
          .option('json', json),
      (args) => {
        result = { command: 'error', code: args.code, json: args.json };
      },
    )
    .command('contract', 'Compare and show contracts: ioncore contract diff OLDER NEWER', (y) =>
      contractOptions(y, (args) => {
        result = args;
      }),
    )
    .command(
      'publish [type] [origin] [content]',
      'Publish an event in a running system',
      (y) => publishOptions(y, variables),
      (args) => {
        result = publishArguments(args, argv, variables);
      },
    )
    .command(
      'tail [pattern]',
      'Show the events of a running system as they come, or those of a log',
      (y) => tailOptions(y, variables),
      (args) => {
        result = tailArguments(args, variables);
      },
    )
    .command('dead', 'Look into the dead letters of a running system: ioncore dead list', (y) =>
      deadOptions(y, variables, (args) => {
        result = args;
      }),
    )
    .command(
      'proto [files..]',
      'Make typed contracts, as TypeScript modules, of .proto files',
      (y) =>
        y
          .positional('files', {
            type: 'string',
            array: true,
            describe: 'Default: every .proto with a service below ./proto',
          })
          .option('out', text('out', 'Where the module goes; - prints it (default FILE.ts)', 'o'))
          .option('check', {
            type: 'boolean',
            default: false,
            describe: 'Write nothing; fail if a module is not what would be written',
          }),
      (args) => {
        result = { command: 'proto', files: args.files ?? [], out: args.out, check: args.check };
      },
    )
    .completion('completion', 'Print a script that completes ioncore in bash or zsh')
    .demandCommand(1, 'no command given')
    .recommendCommands()
    .strict()
    .version(version)
    .help()
    .alias('help', '?')
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof UsageError
        ? error
        : new UsageError(withMeant(message ?? error?.message ?? 'it cannot be understood', argv[0]));
    });
  // What completes a line that nothing fits prints nothing: names of files are up to the shell.
  const isCompletion = argv[0] === '--get-yargs-completions';
  await parser.parseAsync([...argv], {}, (_error: unknown, _args: unknown, output: string) => {
    printed = output;
  });
  if (printed !== '' || isCompletion) return { command: 'print', text: printed };
  if (result === undefined) throw new UsageError(`unknown command '${argv[0] ?? ''}'`);
  if (result.command === 'start') checkStart(result);
  return result;
}

/** The options of commands that have more than one or two. */
const optionsByCommand: Readonly<Record<string, readonly string[]>> = {
  start: startVariables,
  check: ['config', 'set', 'json'],
  config: ['config', 'set', 'json'],
  proto: ['out', 'check'],
  publish: ['qos', 'json', ...Object.keys(clientOptions)],
  tail: ['origin', 'from', 'durable', 'limit', 'json', ...Object.keys(clientOptions)],
  dead: ['address', 'op', 'reason', 'all', 'limit', 'json', ...Object.keys(clientOptions)],
};

/** What yargs says of an option that there is not, with the one that was probably meant. */
function withMeant(message: string, command = ''): string {
  const unknown = /^Unknown arguments?: ([\w-]+)/.exec(message)?.[1];
  const meant = unknown === undefined ? undefined : closest(unknown, optionsByCommand[command] ?? []);
  return meant === undefined ? message : `${message}; did you mean --${meant}?`;
}
