import type yargs from 'yargs';
import { messageOf } from '../errors/index.ts';
import { assertSegment } from '../exchange/index.ts';
import { type BrokerArguments, brokerOptions, checkBroker, hasBroker } from './broker-options.ts';
import { text } from './option-kinds.ts';
import { type Assignments, choices } from './option-variables.ts';
import { UsageError } from './usage-error.ts';

type Yargs = ReturnType<typeof yargs>;

/** `ioncore start` as it was given. */
export interface StartArguments extends BrokerArguments {
  readonly command: 'start';
  /** Apps, releases and scripts, in order. */
  readonly files: readonly string[];
  readonly sysname: string | undefined;
  readonly contid: string | undefined;
  readonly args: string | undefined;
  readonly bootScript: string | undefined;
  readonly config: string | undefined;
  readonly set: Assignments;
  readonly pidfile: string | undefined;
  readonly readyFile: string | undefined;
  readonly logLevel: string | undefined;
  readonly logFormat: 'line' | 'json' | 'auto';
  readonly noShell: boolean;
  readonly noHistory: boolean;
  readonly watch: boolean;
}

/** The options of `ioncore start`, with ION's names and letters where it had them. */
export function startOptions(y: Yargs) {
  return y
    .positional('files', {
      type: 'string',
      array: true,
      describe: '.app and .rel files, names of apps, and scripts for the prompt, run in order',
    })
    .option('sysname', text('sysname', 'System to join; without it the container is alone', 's'))
    .option('contid', text('contid', 'Container id; default: host, process id and a random part'))
    .option(
      'broker',
      text(
        'broker',
        "'embedded' (default, in this process), or amqp:// or amqps:// URLs joined by commas, tried in turn",
      ),
    )
    .options(brokerOptions)
    .option(
      'args',
      text('args', "Container arguments: k=v,k2=v2 or '{k: v}'; keys sysname, contid, apparg_<app>", 'a'),
    )
    .option(
      'boot-script',
      text('boot-script', "Module whose function 'boot' is called before the files", 'b'),
    )
    .option('config', text('config', 'Further configuration file, over res/config/ioncore.yaml'))
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [] as string[],
      describe: 'Set one value: --set rpc.timeoutMs=5000; may be repeated',
    })
    .option('pidfile', text('pidfile', 'Write the process id there; removed at the end'))
    .option(
      'ready-file',
      text('ready-file', 'Write there, as JSON, who is ready once everything is started; removed at the end'),
    )
    .option('log-level', {
      ...text(
        'log-level',
        'Least severe level that is logged (the root of the levels); rooms named in res/logging/loglevels.yaml keep theirs',
      ),
      choices: choices['log-level'],
    })
    .option('log-format', {
      type: 'string',
      choices: choices['log-format'],
      default: 'auto' as const,
      describe: 'Lines for people, JSON for programs; auto: lines on a terminal',
    })
    .option('no-shell', {
      type: 'boolean',
      alias: 'n',
      default: false,
      describe: 'No prompt; run until a signal',
    })
    .option('no-history', {
      type: 'boolean',
      alias: 'i',
      default: false,
      describe: 'The prompt neither reads nor writes the history of earlier ones',
    })
    .option('watch', {
      type: 'boolean',
      default: false,
      describe: 'Restart apps whose files change, in the running container; for development',
    })
    .example('$0 start res/apps/hello.app', 'a container on the embedded broker, with a prompt')
    .example('$0 start -n -s demo --broker amqp://127.0.0.1 hello', 'a member of system demo on RabbitMQ')
    .epilogue(
      'Every option has a variable: IONCORE_SYSNAME=demo is --sysname demo; the option goes before it. Results go to standard ' +
        'output, logs to standard error. Exit codes: 0 stopped in order, 1 start or script failed, 64 usage error, 130 second signal. SIGINT, SIGTERM, SIGQUIT and SIGHUP stop in order. Node does not keep nohup: to outlive ' +
        'the terminal, use setsid or a service manager.',
    );
}

/** @throws UsageError for options that contradict each other, and for a container id or sysname that cannot be used */
export function checkStart(args: StartArguments): void {
  checkBroker(args);
  if (args.sysname !== undefined && !hasBroker(args)) throw loneSysname(args.sysname);
  checkSegment(args.contid, 'container id');
  checkSegment(args.sysname, 'sysname');
}

/** The error for a sysname on the embedded broker that nobody asked for. */
export function loneSysname(sysname: string): UsageError {
  return new UsageError(
    `--sysname ${sysname} without a broker would meet nobody; name one with --broker amqp://HOST, or say --broker embedded`,
  );
}

/** @throws UsageError for a container id or sysname that cannot be used. `by` tells who gave it */
export function checkSegment(given: string | undefined, what: string, by = ''): void {
  if (given === undefined) return;
  try {
    assertSegment(given, what);
  } catch (error) {
    throw new UsageError(by + messageOf(error));
  }
}
