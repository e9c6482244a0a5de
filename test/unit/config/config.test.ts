import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Type } from 'typebox';
import {
  Config,
  defineSection,
  type LayerName,
  parseConfigFile,
  readAssignments,
  readEnvironment,
  type Setting,
  variableOf,
} from '../../../src/config/index.ts';

const rpc = defineSection('rpc', {
  timeoutMs: Type.Number({ minimum: 1, maximum: 86_400_000, default: 15_000, description: 'Time of a call' }),
});
const log = defineSection('log', {
  level: Type.Union([Type.Literal('info'), Type.Literal('debug')], { default: 'info' }),
  names: Type.Array(Type.String(), { default: [] }),
  quiet: Type.Boolean({ default: false }),
  title: Type.String({ default: '' }),
  lines: Type.Integer({ minimum: 0, default: 3 }),
});
const sections = [rpc, log];
const layers: readonly LayerName[] = [
  'default',
  'ioncore.yaml',
  'ioncore.local.yaml',
  '--config',
  'app',
  'release',
  'environment',
  'command line',
];

const parse = (text: string) => parseConfigFile(text, 'ioncore.yaml', 'ioncore.yaml', sections);

describe('Config.merge()', () => {
  test('gives the defaults of every section where nobody says anything', () => {
    const config = Config.merge(sections, []);
    expect(config.section(rpc)).toEqual({ timeoutMs: 15_000 });
    expect(config.section(log)).toEqual({ level: 'info', names: [], quiet: false, title: '', lines: 3 });
    expect(config.explain('rpc.timeoutMs')).toMatchObject({ value: 15_000, from: 'default', overridden: [] });
    expect(config.paths).toEqual([
      'rpc.timeoutMs',
      'log.level',
      'log.names',
      'log.quiet',
      'log.title',
      'log.lines',
    ]);
  });

  test('the strongest layer wins, whatever the order in which layers are given', () => {
    const setting = (layer: LayerName, value: number): Setting => ({
      path: 'rpc.timeoutMs',
      value,
      origin: { layer },
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(layers.slice(1), { minLength: 1 }), (given) => {
        const config = Config.merge(
          sections,
          given.map((layer) => setting(layer, layers.indexOf(layer) + 1)),
        );
        const strongest = Math.max(...given.map((layer) => layers.indexOf(layer)));
        const explained = config.explain('rpc.timeoutMs');
        expect(explained.value).toBe(strongest + 1);
        expect(explained.origin.layer).toBe(layers[strongest]);
        expect(explained.overridden).toHaveLength(given.length);
      }),
    );
  });

  test('within a layer the later setting wins; lists are replaced whole', () => {
    const config = Config.merge(sections, [
      ...readAssignments(['log.names=[a, b]', 'log.names=[c]'], sections),
    ]);
    expect(config.get('log.names')).toEqual(['c']);
  });

  test('an undeclared path is an error that names the one that was meant', () => {
    expect(() => Config.merge(sections, []).get('rpc.timeoutMS')).toThrow(
      /unknown key 'rpc.timeoutMS'; did you mean 'rpc.timeoutMs'/,
    );
  });
});

describe('Config#wouldChangeBy()', () => {
  const setting = (layer: LayerName, value: unknown, file?: string): Setting => ({
    path: 'log.names',
    value,
    origin: { layer, ...(file !== undefined && { file }) },
  });
  const config = Config.merge(sections, [
    setting('app', ['a'], 'a.app'),
    setting('app', ['b'], 'b.app'),
    setting('environment', ['e']),
  ]);

  test.each<[what: string, given: Setting, changes: boolean]>([
    ['a weaker layer', setting('release', ['x']), false],
    ['the same layer', setting('environment', ['x']), true],
    ['a stronger layer', setting('command line', ['x']), true],
    ['a stronger layer with an equal value', setting('command line', ['e']), false],
  ])('of %s', (_what, given, changes) => {
    expect(config.wouldChangeBy(given)).toBe(changes);
  });

  test('is false for what is merged already, wherever it stood in its file', () => {
    const merged = Config.merge(sections, [setting('app', ['a'], 'a.app'), setting('app', ['b'], 'b.app')]);
    expect(merged.wouldChangeBy(setting('app', ['a'], 'a.app'))).toBe(false);
    expect(merged.wouldChangeBy(setting('app', ['a'], 'c.app'))).toBe(true);
    expect(merged.wouldChangeBy(setting('app', ['z'], 'a.app'))).toBe(true);
  });
});

describe('Config#explain()', () => {
  test('tells value, layer, file and line, and what was overridden', () => {
    const config = Config.merge(sections, [
      ...parse('# calls\nrpc:\n  timeoutMs: 4000\n'),
      ...readEnvironment({ IONCORE_CONFIG_RPC_TIMEOUT_MS: '3000', HOME: '/', IONCORE_BROKER: 'x' }, sections),
    ]);
    expect(config.explain('rpc.timeoutMs')).toEqual({
      path: 'rpc.timeoutMs',
      value: 3000,
      origin: { layer: 'environment', source: 'IONCORE_CONFIG_RPC_TIMEOUT_MS' },
      from: 'IONCORE_CONFIG_RPC_TIMEOUT_MS',
      description: 'Time of a call',
      defaultValue: 15_000,
      overridden: [
        { value: 4000, from: 'ioncore.yaml:3' },
        { value: 15_000, from: 'default' },
      ],
    });
  });
});

describe('parseConfigFile()', () => {
  test('sets what it names and nothing else', () => {
    expect(parse('').length).toBe(0);
    expect(parse('# nothing\n').length).toBe(0);
    expect(parse('rpc:\n').length).toBe(0);
    expect(parse('{"log": {"quiet": true, "names": ["a"], "level": "debug"}}')).toMatchObject([
      { path: 'log.quiet', value: true },
      { path: 'log.names', value: ['a'] },
      { path: 'log.level', value: 'debug', origin: { layer: 'ioncore.yaml', file: 'ioncore.yaml', line: 1 } },
    ]);
  });

  test.each([
    ['a list', '- rpc', /ioncore.yaml:1:1: the file: expected a map of sections.*found a list/],
    ['text', 'rpc', /1:1: the file: expected a map.*found the text rpc/],
    ['an unknown section', 'rcp:\n  timeoutMs: 1', /1:1: unknown key 'rcp'; did you mean 'rpc'/],
    [
      'an unknown member',
      'rpc:\n  timeout: 1',
      /2:3: unknown key 'rpc.timeout'; did you mean 'rpc.timeoutMs'|known are rpc.timeoutMs/,
    ],
    ['a section that is text', 'rpc: 5', /1:6: rpc: expected a map, found 5/],
    ['a section that is a list', 'rpc: [5]', /rpc: expected a map, found a list/],
    [
      'text for a number',
      "rpc:\n  timeoutMs: 'x'",
      /2:14: rpc.timeoutMs: expected a number from 1 to 86400000, found the text x/,
    ],
    ['a number out of range', 'rpc:\n  timeoutMs: 0', /expected a number from 1 to 86400000, found 0/],
    ['nothing for a number', 'rpc:\n  timeoutMs:', /expected a number from 1 to 86400000, found nothing/],
    [
      'a fraction for a whole number',
      'log: {lines: 1.5}',
      /log.lines: expected a whole number of at least 0, found 1.5/,
    ],
    ['text for a truth value', 'log: {quiet: yes}', /log.quiet: expected true or false, found the text yes/],
    ['another word', 'log: {level: loud}', /log.level: expected one of info, debug, found the text loud/],
    ['text for a list', 'log: {names: a}', /log.names: expected a list, each text, found the text a/],
    [
      'a list of numbers for texts',
      'log: {names: [1]}',
      /log.names: expected a list, each text, found a list/,
    ],
    ['a map for text', 'log: {title: {a: 1}}', /log.title: expected text, found a map/],
    ['a number for text', 'log: {title: 1.10}', /log.title: expected text, found 1.10/],
    ['a repeated key', 'rpc: {timeoutMs: 1}\nrpc: {timeoutMs: 2}', /2:1: the key 'rpc' stands twice/],
    ['a tab', 'rpc:\n\ttimeoutMs: 1', /2:1: not valid YAML/],
    ['an alias', 'rpc: &a {timeoutMs: 1}\nlog: *a', /aliases/],
    ['a second document', 'rpc: {timeoutMs: 1}\n---\nlog: {}', /second document/],
    ['a control character', 'rpc: {timeoutMs: 1}\u0000', /control character U\+0000/],
  ])('refuses %s with place, found and expected', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test('reports every problem at once', () => {
    try {
      parse('rcp: {}\nrpc: {timeoutMs: x}\nlog: {level: loud}');
      throw new Error('it was accepted');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'ConfigurationError',
        details: { problems: [{ line: 1 }, { line: 2 }, { line: 3 }] },
      });
    }
  });
});

describe('readEnvironment()', () => {
  test('variableOf() is one-to-one over the paths', () => {
    expect(variableOf('exchange.jsonReplyTo')).toBe('IONCORE_CONFIG_EXCHANGE_JSON_REPLY_TO');
  });

  test.each([
    [{ IONCORE_CONFIG_RPC_TIMEOUT: '1' }, /unknown variable 'IONCORE_CONFIG_RPC_TIMEOUT'/],
    [
      { IONCORE_CONFIG_RPC_TIMEOUT_MS: 'soon' },
      /IONCORE_CONFIG_RPC_TIMEOUT_MS: expected a number from 1 to 86400000, found 'soon'/,
    ],
    [{ IONCORE_CONFIG_LOG_NAMES: 'a' }, /expected a list, each text/],
  ])('refuses %p', (variables, message) => {
    expect(() => readEnvironment(variables, sections)).toThrow(message);
  });
});

describe('readAssignments()', () => {
  test('takes YAML values, and text where text is allowed', () => {
    const settings = readAssignments(
      ['rpc.timeoutMs=5', 'log.names=[a, "b c"]', 'log.title=1.10', 'log.quiet=true', 'log.title=a=b: [c'],
      sections,
    );
    expect(settings.map(({ value }) => value)).toEqual([5, ['a', 'b c'], '1.10', true, 'a=b: [c']);
  });

  test.each([
    ['rpc.timeoutMs', /--set rpc.timeoutMs: expected path=value/],
    ['=5', /expected path=value/],
    ['rpc.timeoutMs=', /--set rpc.timeoutMs: expected a number from 1 to 86400000, found ''/],
    ['rpc=5', /unknown key 'rpc'/],
    ['rpc.timeotMs=5', /did you mean 'rpc.timeoutMs'/],
  ])('refuses %p', (assignment, message) => {
    expect(() => readAssignments([assignment], sections)).toThrow(message);
  });
});
