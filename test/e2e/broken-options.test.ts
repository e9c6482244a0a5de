import { describe, test } from '@jest/globals';
import { type BrokenCase, useBrokenFiles } from '../support/broken-files.ts';

const refuses = useBrokenFiles();

describe('ioncore start, an option', () => {
  const usage = (args: readonly string[], says: string): BrokenCase => ({ args, says, exit: 64 });
  const failed = (args: readonly string[], says: string): BrokenCase => ({ args, says });

  test.each<[what: string, broken: BrokenCase]>([
    ['that is unknown', usage(['--colour', 'blue'], 'Unknown argument: colour (see ioncore --help)')],
    [
      'that is misspelt',
      usage(['--sysnam', 'demo'], 'Unknown argument: sysnam; did you mean --sysname? (see ioncore --help)'),
    ],
    [
      'that lacks its value',
      usage(['--contid'], 'Not enough arguments following: contid (see ioncore --help)'),
    ],
    [
      'that is given twice',
      usage(
        ['--contid', 'a', '--contid', 'b'],
        '--contid is given 2 times; give it once (see ioncore --help)',
      ),
    ],
    [
      '--contid with a dot',
      usage(
        ['--contid', 'a.b'],
        "container id 'a.b' is not usable: 1 to 100 characters of A–Z, a–z, 0–9, '_' and '-' (see ioncore --help)",
      ),
    ],
    [
      '--sysname with a wildcard',
      usage(
        ['--sysname', 'a*', '--broker', 'embedded'],
        "sysname 'a*' is not usable: 1 to 100 characters of A–Z, a–z, 0–9, '_' and '-' (see ioncore --help)",
      ),
    ],
    [
      '--sysname without a broker',
      usage(
        ['--sysname', 'demo'],
        '--sysname demo without a broker would meet nobody; name one with --broker amqp://HOST, or say --broker embedded (see ioncore --help)',
      ),
    ],
    [
      '--broker and its parts',
      usage(
        ['--broker', 'embedded', '--broker-host', 'shore'],
        'give the broker as one address (--broker) or by its parts (--broker-host, …), not both (see ioncore --help)',
      ),
    ],
    [
      '--broker that is no address',
      failed(['--broker', 'shore'], 'AmqpTransport: urls[0] "shore" is not a URL; …'),
    ],
    [
      '--broker-port that is text',
      usage(
        ['--broker-port', 'high'],
        "--broker-port must be a whole number, not 'high' (see ioncore --help)",
      ),
    ],
    [
      '--broker-port out of range',
      usage(
        ['--broker-port', '70000'],
        '--broker-port must be a port from 1 to 65535, not 70000 (see ioncore --help)',
      ),
    ],
    [
      '--broker-host with a port',
      usage(
        ['--broker-host', 'shore:5672'],
        "--broker-host 'shore:5672' is not a host name or address; give the parts of an address by their own options (see ioncore --help)",
      ),
    ],
    [
      '--broker-cert without its key',
      usage(
        ['--broker', 'amqps://shore', '--broker-cert', 'c'],
        '--broker-cert and --broker-key go together; give both or neither (see ioncore --help)',
      ),
    ],
    [
      '--broker-ca without TLS',
      usage(
        ['--broker', 'amqp://shore', '--broker-ca', 'c'],
        '--broker-ca, --broker-cert and --broker-key need an amqps:// address in --broker (see ioncore --help)',
      ),
    ],
    [
      '--broker-credfile that is not there',
      failed(['--broker-credfile', 'none'], '--broker-credfile none cannot be read: …'),
    ],
    [
      '--broker-heartbeat below 0',
      usage(
        ['--broker-heartbeat=-1'],
        "--broker-heartbeat must be a whole number, not '-1' (see ioncore --help)",
      ),
    ],
    [
      '--log-level that is none',
      usage(
        ['--log-level', 'loud'],
        'Invalid values: Argument: log-level, Given: "loud", Choices: "error", "warn", "info", "debug", "silent" (see ioncore --help)',
      ),
    ],
    [
      '--log-format that is none',
      usage(
        ['--log-format', 'xml'],
        'Invalid values: Argument: log-format, Given: "xml", Choices: "auto", "line", "json" (see ioncore --help)',
      ),
    ],
    [
      '-a that is text',
      usage(
        ['-a', 'x'],
        "-a: expected k=v,k2=v2 or a map literal such as '{sysname: demo}', found 'x' (see ioncore --help)",
      ),
    ],
    [
      '-a with an unknown key',
      usage(
        ['-a', 'colour=blue'],
        "-a: unknown key 'colour'; known are sysname, contid and apparg_<app> (see ioncore --help)",
      ),
    ],
    [
      '-a with arguments that are no map',
      usage(
        ['-a', 'apparg_hello=5'],
        "-a apparg_hello: expected a map literal such as '{greeting: Ahoy}', found 5 (see ioncore --help)",
      ),
    ],
    [
      '-a with an open bracket',
      usage(['-a', '{sysname: '], '-a:1:11: not valid YAML: Flow map must end with a } (see ioncore --help)'),
    ],
    [
      '--set without a value',
      failed(
        ['--set', 'rpc.timeoutMs'],
        '--set rpc.timeoutMs: expected path=value, such as rpc.timeoutMs=5000',
      ),
    ],
    [
      '--set of a misspelt setting',
      failed(
        ['--set', 'rpc.timeotMs=1'],
        "--set rpc.timeotMs: unknown key 'rpc.timeotMs'; did you mean 'rpc.timeoutMs'?",
      ),
    ],
    ['--set of a section', failed(['--set', 'rpc=1'], "--set rpc: unknown key 'rpc'; known are …")],
    [
      '--set with text for a number',
      failed(
        ['--set', 'rpc.timeoutMs=soon'],
        "--set rpc.timeoutMs: expected a number from 1 to 86400000, found 'soon'",
      ),
    ],
    [
      '--boot-script that is not there',
      failed(['--boot-script', 'none.mjs'], '--boot-script none.mjs cannot be loaded: …'),
    ],
    [
      '--boot-script that does nothing',
      {
        files: { 'b.mjs': '' },
        args: ['--boot-script', 'b.mjs'],
        says: "--boot-script b.mjs has no function 'boot'; export one that takes the container",
      },
    ],
    [
      '--pidfile that cannot be written',
      failed(['--pidfile', 'none/pid'], '--pidfile none/pid cannot be written: …'),
    ],
    [
      '--ready-file that cannot be written',
      failed(['--ready-file', 'none/f'], '--ready-file none/f cannot be written: …'),
    ],
    [
      'a script that is not there',
      failed(
        ['./none.txt'],
        './none.txt: there is no such file; give .app or .rel files, names of apps, or scripts',
      ),
    ],
  ])('%s', (_what, broken) => refuses(broken));
});

describe('ioncore start, a variable', () => {
  const variable = (name: string, value: string, says: string, exit = 64): BrokenCase => ({
    args: [],
    env: { [name]: value },
    says,
    exit,
  });

  test.each<[what: string, broken: BrokenCase]>([
    [
      'of an option, misspelt',
      variable(
        'IONCORE_SYSNAM',
        'demo',
        'unknown variable IONCORE_SYSNAM; did you mean IONCORE_SYSNAME? (see ioncore --help)',
      ),
    ],
    [
      'of an option, with another type',
      variable(
        'IONCORE_BROKER_PORT',
        'high',
        "IONCORE_BROKER_PORT must be a whole number up to 65535, not 'high' (see ioncore --help)",
      ),
    ],
    [
      'of an option, with a word that it does not know',
      variable(
        'IONCORE_LOG_LEVEL',
        'loud',
        "IONCORE_LOG_LEVEL must be one of error, warn, info, debug, silent, not 'loud' (see ioncore --help)",
      ),
    ],
    [
      'of a switch, neither true nor false',
      variable(
        'IONCORE_NO_SHELL',
        'maybe',
        "IONCORE_NO_SHELL must be true or false, not 'maybe' (see ioncore --help)",
      ),
    ],
    [
      'of a setting, misspelt',
      variable(
        'IONCORE_CONFIG_RPC_TIMEOT_MS',
        '1',
        "environment: unknown variable 'IONCORE_CONFIG_RPC_TIMEOT_MS'; did you mean 'IONCORE_CONFIG_RPC_TIMEOUT_MS'?",
        1,
      ),
    ],
    [
      'of a setting, with another type',
      variable(
        'IONCORE_CONFIG_RPC_TIMEOUT_MS',
        'soon',
        "IONCORE_CONFIG_RPC_TIMEOUT_MS: expected a number from 1 to 86400000, found 'soon'",
        1,
      ),
    ],
    [
      'of a setting, with text for a list',
      variable(
        'IONCORE_CONFIG_APPS_DIRECTORIES',
        'lib',
        "IONCORE_CONFIG_APPS_DIRECTORIES: expected a list, each text, found 'lib'",
        1,
      ),
    ],
    [
      'of the settings given by --set, one without a value',
      variable(
        'IONCORE_SET',
        'rpc.timeoutMs',
        'IONCORE_SET rpc.timeoutMs: expected path=value, such as rpc.timeoutMs=5000',
        1,
      ),
    ],
  ])('%s', (_what, broken) => refuses(broken));
});
