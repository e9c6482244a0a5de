import { describe, expect, test } from '@jest/globals';
import { type CompletionFacts, completionsFor } from '../../../src/shell/completion.ts';
import { allDocs } from '../../../src/shell/helper-doc.ts';
import { helpers } from '../../../src/shell/open-shell.ts';

const operation = (name: string, content: string | undefined, result: string | undefined) => ({
  name,
  content,
  result,
  idempotent: false,
});
const ping = operation('ping', 'null', '{pong: string}');

const facts: CompletionFacts = {
  helpers: allDocs(helpers),
  container: 'shore',
  services: [
    {
      name: 'depth',
      operations: [operation('measure', '{at: string}', 'number'), operation('wait', 'null', 'null'), ping],
    },
    { name: 'deck', operations: [operation('swab', 'null', 'null'), ping] },
    { name: 'far', operations: undefined },
  ],
  processes: [
    { name: 'shore.1', operations: [operation('measure', '{at: string}', 'number'), ping] },
    { name: 'shore.2', operations: [operation('echo', undefined, undefined), ping] },
  ],
  apps: ['example', 'hello'],
  runningApps: ['hello', 'hello#2'],
  configPaths: ['rpc.timeoutMs', 'process.shutdownMs', 'process.mailboxLimit'],
  logPaths: ['root', 'exchange', 'process.Echo'],
  logLevels: ['silent', 'error', 'warn', 'info', 'debug'],
};

/** What TAB does at `|`: `a b` are candidates, `+…` with Node's own, `? text` a hint, `others`. */
function tab(line: string): string {
  const completion = completionsFor(line.replace('|', ''), line.indexOf('|'), facts);
  if (completion.type === 'others') return 'others';
  if (completion.type === 'hint') return `? ${completion.text}`;
  return `${completion.candidates.join(' ')}${completion.andOthers ? ' +' : ''} for <${completion.completing}>`;
}

describe('completionsFor(), names', () => {
  test.each([
    ['rp|', 'rpc_send( + for <rp>'],
    ['p|', 'ping( ps( publish( + for <p>'],
    ['de|', 'dead. + for <de>'],
    ['await mp|', 'mping( + for <mp>'],
    ['conf|', 'config. configure( + for <conf>'],
    ['cc|', 'cc + for <cc>'],
    ['ps().map(p => ki|', 'kill( + for <ki>'],
    ['rpc_send(ge|', 'get_proc( + for <ge>'],
    ['ps|()', 'ps( + for <ps>'],
    ['zzz|', 'others'],
    ['cc.p|', 'others'],
    ['rpc_send(1, "x", cc.p|', 'others'],
    ['config.|', 'others'],
    ['5 + |', 'others'],
    ["'ps|", 'others'],
    ["foo('hel|", 'others'],
  ])('%s → %s', (line, expected) => {
    expect(tab(line)).toBe(expected);
  });

  test('an empty line gets all of ours and none of Node’s', () => {
    expect(tab('|')).toMatch(
      /^apps\( cc config\. configure\( dead\. get_proc\( help\( .* svc\( .*unload_app\( for <>$/,
    );
  });
});

describe('completionsFor(), arguments', () => {
  test.each([
    ["rpc_send('de|", 'depth deck for <de>'],
    ["rpc_send('dep|", "depth' for <dep>"],
    ['rpc_send("dep|', 'depth" for <dep>'],
    ["await rpc_send('f|", "far' for <f>"],
    ["send('shore.|", 'shore.1 shore.2 for <shore.>'],
    ["ping('shore.2|", "shore.2' for <shore.2>"],
    ["mping('dec|", "deck' for <dec>"],
    ["kill('|", 'shore.1 shore.2 for <>'],
    ['get_proc(|', "'shore.1' 'shore.2' for <>"],
    ["rpc_send('depth', 'm|", "measure' for <m>"],
    ["rpc_send('depth', '|", 'measure wait ping for <>'],
    ["rpc_send('depth', |", "'measure' 'wait' 'ping' for <>"],
    ["rpc_send('deck',|", "'swab' 'ping' for <>"],
    ["rpc_send(2, 'e|", "echo' for <e>"],
    ["rpc_send('shore.1', 'm|'", "measure' for <m>"],
    ["start_app('|", 'example hello for <>'],
    ["stop_app('hello|", 'hello hello#2 for <hello>'],
    ["config.explain('rpc|", "rpc.timeoutMs' for <rpc>"],
    ["config.get('process.|", 'process.shutdownMs process.mailboxLimit for <process.>'],
    ["set_level('ex|", "exchange' for <ex>"],
    ["set_level('exchange', 'd|", "debug' for <d>"],
    ["help('dep|", "depth' for <dep>"],
    ["help('config.e|", "config.explain' for <config.e>"],
  ])('%s → %s', (line, expected) => {
    expect(tab(line)).toBe(expected);
  });
});

describe('completionsFor(), hints', () => {
  const signature = '? rpc_send(to, op, content?, options?)';
  test.each([
    ["rpc_send('depth', 'measure', |", '? content: {at: string} → number'],
    ["rpc_send('depth', 'measure', { at: '|", '? content: {at: string} → number'],
    ["rpc_send('depth', 'measure', { at|", 'others'],
    ["send(1, 'measure', {|", '? content: {at: string} → number'],
    ["rpc_send('depth', 'wait', |", '? content: null → null'],
    ["rpc_send('shore.2', 'echo', |", '? content: whatever echo of shore.2 takes; it has no contract'],
    ["rpc_send('depth', 'nope', |", signature],
    ["rpc_send('far', '|", signature],
    ["rpc_send('nobody', 'x', |", signature],
    ["rpc_send('depth'|", signature],
    ["rpc_send('xyz|", signature],
    ["rpc_send('depth', 'measure', null, |", signature],
    ['rpc_send(1|', signature],
    ['rpc_send(name, |', signature],
    ['spawn(|', '? spawn(what, options?)'],
    ['ps(|', '? ps()'],
    ["f(rpc_send('depth', 'measure', |", '? content: {at: string} → number'],
    ["rpc_send('depth', 'measure', f(|", '? content: {at: string} → number'],
  ])('%s → %s', (line, expected) => {
    expect(tab(line)).toBe(expected);
  });

  test('looks only at what is before the cursor', () => {
    expect(tab("rpc_send('de|', 'measure', { at: 'bow' })")).toBe('depth deck for <de>');
  });
});
