import yargs from 'yargs';
import { messageOf } from '../errors/index.ts';
import { assertSegment } from '../exchange/index.ts';
import { UsageError } from './usage-error.ts';

/** `ioncore start` as it was given. */
export interface StartArguments {
  readonly command: 'start';
  readonly files: readonly string[];
  readonly sysname: string | undefined;
  readonly broker: string | undefined;
  readonly brokerCa: string | undefined;
  readonly brokerCert: string | undefined;
  readonly brokerKey: string | undefined;
  readonly contid: string | undefined;
  readonly noShell: boolean;
}

/** What the command line asks for. */
export type Arguments = StartArguments | { readonly command: 'print'; readonly text: string };

/**
 * Reads the command line.
 *
 * @throws UsageError for anything unknown, missing or contradictory
 */
export async function parseArguments(argv: readonly string[], version: string): Promise<Arguments> {
  let result: Arguments | undefined;
  let printed = '';
  const parser = yargs()
    .scriptName('ioncore')
    .usage('$0 <command>\n\nOTP for TypeScript on RabbitMQ: runs and inspects capability containers.')
    .parserConfiguration({ 'boolean-negation': false, 'camel-case-expansion': false })
    .command(
      'start [files..]',
      'Start a container, then apps in order, then a prompt',
      startOptions,
      (args) => {
        result = {
          command: 'start',
          files: args.files ?? [],
          sysname: args.sysname,
          broker: args.broker,
          brokerCa: args['broker-ca'],
          brokerCert: args['broker-cert'],
          brokerKey: args['broker-key'],
          contid: args.contid,
          noShell: args['no-shell'],
        };
      },
    )
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
  checkStart(result);
  return result;
}

type Yargs = ReturnType<typeof yargs>;

function startOptions(y: Yargs) {
  return y
    .positional('files', { type: 'string', array: true, describe: '.app files, started in order' })
    .option('sysname', {
      ...text('sysname', 'System to join; without it the container is alone'),
      alias: 's',
    })
    .option(
      'broker',
      text(
        'broker',
        "'embedded' (default, in this process), or amqp:// or amqps:// URLs joined by commas, tried in turn",
      ),
    )
    .option('broker-ca', text('broker-ca', 'File with the CA certificate for amqps://'))
    .option('broker-cert', text('broker-cert', 'File with the client certificate for amqps://'))
    .option('broker-key', text('broker-key', 'File with the client key for amqps://'))
    .option('contid', text('contid', 'Container id; default: host, process id and a random part'))
    .option('no-shell', {
      type: 'boolean',
      alias: 'n',
      default: false,
      describe: 'No prompt; run until a signal',
    })
    .example('$0 start res/apps/hello.app', 'a container on the embedded broker, with a prompt')
    .example(
      '$0 start -n -s demo --broker amqp://127.0.0.1 res/apps/hello.app',
      'a member of system demo on RabbitMQ',
    )
    .epilogue(
      'Results go to standard output, logs to standard error. Exit codes: 0 stopped in order, 1 start or script failed, ' +
        '64 usage error, 130 second signal.',
    );
}

/** An option with an argument, at most once. */
function text(name: string, describe: string) {
  return {
    type: 'string',
    requiresArg: true,
    describe,
    coerce: (given: string | readonly string[]): string => {
      if (typeof given === 'string') return given;
      throw new UsageError(`--${name} is given ${given.length} times; give it once`);
    },
  } as const;
}

function checkStart(args: Arguments): void {
  if (args.command !== 'start') return;
  if (args.sysname !== undefined && args.broker === undefined) {
    throw new UsageError(
      `--sysname ${args.sysname} without a broker would meet nobody; name one with --broker amqp://HOST, or say --broker embedded`,
    );
  }
  if ((args.brokerCert === undefined) !== (args.brokerKey === undefined)) {
    throw new UsageError('--broker-cert and --broker-key go together; give both or neither');
  }
  const hasTls = args.brokerCa !== undefined || args.brokerCert !== undefined;
  if (hasTls && !args.broker?.includes('amqps://')) {
    throw new UsageError('--broker-ca, --broker-cert and --broker-key need an amqps:// address in --broker');
  }
  checkSegment(args.contid, 'container id');
  checkSegment(args.sysname, 'sysname');
  const notAnApp = args.files.find((file) => !file.endsWith('.app'));
  if (notAnApp !== undefined) throw new UsageError(`'${notAnApp}' is not a .app file`);
}

function checkSegment(text: string | undefined, what: string): void {
  if (text === undefined) return;
  try {
    assertSegment(text, what);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
