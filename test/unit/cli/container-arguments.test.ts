import { describe, expect, test } from '@jest/globals';
import { parseContainerArguments } from '../../../src/cli/container-arguments.ts';

const nothing = { sysname: undefined, contid: undefined, appArguments: {} };

describe('parseContainerArguments()', () => {
  test.each([
    ['sysname=demo', { ...nothing, sysname: 'demo' }],
    [' sysname = demo , contid = c1 ', { ...nothing, sysname: 'demo', contid: 'c1' }],
    ['{sysname: demo}', { ...nothing, sysname: 'demo' }],
    [
      '{"sysname": "demo", "apparg_hello": {"greeting": "Ahoy", "n": 2}}',
      { ...nothing, sysname: 'demo', appArguments: { hello: { greeting: 'Ahoy', n: 2 } } },
    ],
    [
      'sysname=demo,apparg_hello={greeting: Ahoy, list: [1, 2]}',
      { ...nothing, sysname: 'demo', appArguments: { hello: { greeting: 'Ahoy', list: [1, 2] } } },
    ],
  ])('reads %p', (text, expected) => {
    expect(parseContainerArguments(text)).toEqual(expected);
  });

  test.each([
    ['', /expected k=v/],
    ['demo', /expected k=v,k2=v2 .* found 'demo'/],
    ['=x', /expected k=v/],
    ['sysnam=demo', /unknown key 'sysnam'; known are sysname, contid/],
    ['sysname=a,sysname=b', /'sysname' is given twice/],
    ['{sysname: [a]}', /-a sysname: expected text, found \["a"\]/],
    ['{sysname: 1.10}', /-a sysname: expected text, found 1.1; quote it/],
    ['{sysname: demo', /-a:1:\d+: not valid YAML/],
    ['{sysname: !!js/function "f"}', /not valid YAML/],
    ['apparg_=1', /unknown key 'apparg_'/],
    ['apparg_hello=Ahoy', /-a apparg_hello: expected a map literal/],
    ['apparg_hello=process.exit()', /expected a map literal/],
    ['apparg_hello=[1]', /expected a map literal/],
  ])('refuses %p in one line', (text, message) => {
    expect(() => parseContainerArguments(text)).toThrow(message);
  });
});
