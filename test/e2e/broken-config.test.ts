import { describe, test } from '@jest/globals';
import { type BrokenCase, useBrokenFiles } from '../support/broken-files.ts';

const refuses = useBrokenFiles();

describe('ioncore start, a configuration file', () => {
  const file = 'res/config/ioncore.yaml';
  const config = (text: string | Uint8Array, says: string, path = file): BrokenCase => ({
    files: { [path]: text },
    args: [],
    says: `${path}:${says}`,
  });

  test.each<[what: string, broken: BrokenCase]>([
    [
      'that is a list',
      config('- rpc\n', "1:1: the file: expected a map of sections such as 'rpc:', found a list"),
    ],
    [
      'that is text',
      config('rpc\n', "1:1: the file: expected a map of sections such as 'rpc:', found the text rpc"),
    ],
    ['with an unknown section', config('colours: {sea: blue}\n', "1:1: unknown key 'colours'; known are …")],
    [
      'with a misspelt section',
      config('rcp: {timeoutMs: 1}\n', "1:1: unknown key 'rcp'; did you mean 'rpc'?"),
    ],
    [
      'with a misspelt member',
      config('rpc: {timeotMs: 1}\n', "1:7: unknown key 'rpc.timeotMs'; did you mean 'rpc.timeoutMs'?"),
    ],
    ['with a section that is text', config('rpc: fast\n', '1:6: rpc: expected a map, found the text fast')],
    [
      'with text for a number',
      config(
        "rpc: {timeoutMs: '5'}\n",
        '1:18: rpc.timeoutMs: expected a number from 1 to 86400000, found the text 5',
      ),
    ],
    [
      'with nothing for a number',
      config(
        'rpc:\n  timeoutMs:\n',
        '2:13: rpc.timeoutMs: expected a number from 1 to 86400000, found nothing',
      ),
    ],
    [
      'with a number out of range',
      config('rpc: {timeoutMs: 0}\n', '1:18: rpc.timeoutMs: expected a number from 1 to 86400000, found 0'),
    ],
    [
      'with a number for a list',
      config('apps: {directories: 1}\n', '1:21: apps.directories: expected a list, each text, found 1'),
    ],
    [
      'with a tab',
      config('rpc:\n\ttimeoutMs: 1\n', '2:1: not valid YAML: Tabs are not allowed as indentation'),
    ],
    [
      'with a key twice',
      config('rpc: {timeoutMs: 1}\nrpc: {timeoutMs: 2}\n', "2:1: the key 'rpc' stands twice in this map"),
    ],
    [
      'with an alias',
      config(
        'rpc: &a {timeoutMs: 1}\nprocess: *a\n',
        '2:10: aliases such as *a are not supported; write the value out',
      ),
    ],
    [
      'with a BOM, CRLF and a misspelt member',
      config(
        '\uFEFF# calls\r\nrpc:\r\n  timeoutms: 1\r\n',
        "3:3: unknown key 'rpc.timeoutms'; did you mean 'rpc.timeoutMs'?",
      ),
    ],
    [
      'that is binary',
      config(Uint8Array.of(0, 1, 2), '1:1: found the control character U+0000; expected text'),
    ],
    [
      'in Latin-1',
      config(Uint8Array.of(0x23, 0xe9, 0x0a), ' found bytes that are not UTF-8 text; save the file as UTF-8'),
    ],
    [
      'of 2 MiB',
      config(`#${' '.repeat(2 * 1024 * 1024)}`, ' the file is over 1 MiB; expected a short description'),
    ],
    [
      'that is a directory',
      { files: { [`${file}/`]: '' }, args: [], says: `${file}: expected a file, found a directory` },
    ],
    [
      'for one machine, with a misspelt member',
      config(
        'rpc: {timeotMs: 1}\n',
        "1:7: unknown key 'rpc.timeotMs'; did you mean 'rpc.timeoutMs'?",
        'res/config/ioncore.local.yaml',
      ),
    ],
    [
      'of --config, that is not there',
      { args: ['--config', 'my.yaml'], says: 'my.yaml: there is no such file' },
    ],
    [
      'of --config, with a fault',
      {
        files: { 'my.yaml': 'rpc: [1]\n' },
        args: ['--config', 'my.yaml'],
        says: 'my.yaml:1:6: rpc: expected a map, found a list',
      },
    ],
  ])('%s', (_what, broken) => refuses(broken));
});

describe('ioncore start, a file of log levels', () => {
  const file = 'res/logging/loglevels.yaml';
  const levels = (text: string, says: string, path = file): BrokenCase => ({
    files: { [path]: text },
    args: [],
    says: `${path}:${says}`,
  });

  test.each<[what: string, broken: BrokenCase]>([
    [
      'that is a list',
      levels('- info\n', "1:1: expected a map of room to level, such as 'exchange: debug', found a list"),
    ],
    [
      'that is text',
      levels('info\n', "1:1: expected a map of room to level, such as 'exchange: debug', found 'info'"),
    ],
    [
      'with a level that is none',
      levels('root: loud\n', "1:7: root: expected a level (silent, error, warn, info, debug), found 'loud'"),
    ],
    [
      'with a level that is a number',
      levels(
        'root: 3\n',
        '1:7: root: expected a level (silent, error, warn, info, debug), found the number 3',
      ),
    ],
    [
      'with levels within levels',
      levels(
        'exchange: {inbox: debug}\n',
        "1:11: exchange: expected a level, found a map; maps are not nested: write 'exchange.inbox: …'",
      ),
    ],
    ['with a room twice', levels('root: info\nroot: warn\n', "2:1: the key 'root' stands twice in this map")],
    ['with a tab', levels('root:\n\tinfo\n', '2:1: not valid YAML: Tabs are not allowed as indentation')],
    [
      'that is a directory',
      { files: { [`${file}/`]: '' }, args: [], says: `${file}: expected a file, found a directory` },
    ],
    [
      'for one machine, with a level that is none',
      levels(
        'root: laut\n',
        "1:7: root: expected a level (silent, error, warn, info, debug), found 'laut'",
        'res/logging/loglevels.local.yaml',
      ),
    ],
  ])('%s', (_what, broken) => refuses(broken));
});
