import yargs from 'yargs';
import type { ConfigArguments } from './config-command.ts';
import type { ContractArguments } from './contract-command.ts';
import { contractOptions } from './contract-options.ts';
import type { ErrorArguments } from './error-command.ts';
import type { NewServiceArguments } from './new-command.ts';
import { newOptions } from './new-options.ts';
import { optionVariable, readOptionVariables } from './option-variables.ts';
import type { ProtoArguments } from './proto-command.ts';
import { checkStart, type StartArguments, startOptions, text } from './start-options.ts';
import { UsageError } from './usage-error.ts';

/** `ioncore check` as it was given. */
export interface CheckCommand {
  readonly command: 'check';
  readonly files: readonly string[];
  readonly json: boolean;
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
  | { readonly command: 'print'; readonly text: string };

const json = { type: 'boolean', default: false, describe: 'Print one JSON value' } as const;

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
      (y) => withVariables(startOptions(y), variables),
      (args) => {
        result = {
          command: 'start',
          files: args.files ?? [],
          sysname: args.sysname,
          contid: args.contid,
          broker: args.broker,
          brokerHost: args['broker-host'],
          brokerPort: args['broker-port'],
          brokerVhost: args['broker-vhost'],
          brokerUsername: args['broker-username'],
          brokerPassword: args['broker-password'],
          brokerCredfile: args['broker-credfile'],
          brokerHeartbeat: args['broker-heartbeat'],
          brokerCa: args['broker-ca'],
          brokerCert: args['broker-cert'],
          brokerKey: args['broker-key'],
          args: args.args,
          bootScript: args['boot-script'],
          config: args.config,
          set: args.set,
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
      (y) =>
        y
          .positional('files', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: '.app and .rel files',
          })
          .option('json', json),
      (args) => {
        result = { command: 'check', files: args.files, json: args.json };
      },
    )
    .command(
      'config explain [paths..]',
      'Show settings, their values and where these come from',
      (y) =>
        y
          .positional('paths', {
            type: 'string',
            array: true,
            describe: 'Settings or sections: rpc.timeoutMs, rpc; default all',
          })
          .option('config', text('config', 'Further configuration file'))
          .option('set', {
            type: 'string',
            array: true,
            nargs: 1,
            default: [] as string[],
            describe: 'As for start',
          })
          .option('json', json),
      (args) => {
        result = {
          command: 'config',
          paths: args.paths ?? [],
          file: args.config,
          assignments: args.set,
          json: args.json,
        };
      },
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
    .strict()
    .version(version)
    .help()
    .alias('help', '?')
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof UsageError
        ? error
        : new UsageError(message ?? error?.message ?? 'it cannot be understood');
    });
  await parser.parseAsync([...argv], {}, (_error: unknown, _args: unknown, output: string) => {
    printed = output;
  });
  if (printed !== '') return { command: 'print', text: printed };
  if (result === undefined) throw new UsageError(`unknown command '${argv[0] ?? ''}'`);
  if (result.command === 'start') checkStart(result);
  return result;
}

/** Variables as the values of options that the command line does not give. */
function withVariables<Y extends ReturnType<typeof startOptions>>(
  y: Y,
  variables: Readonly<Record<string, string | undefined>>,
): Y {
  const given = readOptionVariables(variables, Object.keys(optionNames));
  const { set, ...others } = given;
  const values = Object.entries(others).map(([option, value]) => [
    option,
    switches.includes(option) ? isTrue(option, value) : value,
  ]);
  y.config({ ...Object.fromEntries(values), ...(set !== undefined && { set: set.split(',') }) });
  return y;
}

/** Options without a value; their variables have one. */
const switches: readonly string[] = ['no-shell', 'no-history', 'watch'];

/** Every option of `start` that has a variable. */
const optionNames: Readonly<Record<string, true>> = {
  sysname: true,
  contid: true,
  broker: true,
  'broker-host': true,
  'broker-port': true,
  'broker-vhost': true,
  'broker-username': true,
  'broker-password': true,
  'broker-credfile': true,
  'broker-heartbeat': true,
  'broker-ca': true,
  'broker-cert': true,
  'broker-key': true,
  args: true,
  'boot-script': true,
  config: true,
  set: true,
  pidfile: true,
  'ready-file': true,
  'log-level': true,
  'log-format': true,
  'no-shell': true,
  'no-history': true,
  watch: true,
};

function isTrue(option: string, value: string): boolean {
  if (['1', 'true', 'yes', 'on'].includes(value.toLowerCase())) return true;
  if (['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())) return false;
  throw new UsageError(`${optionVariable(option)} must be true or false, not '${value}'`);
}
