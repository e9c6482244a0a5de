import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { rooms, unknownRoom } from '../../../src/logging/index.ts';

test('rooms are those whose loggers the container makes', () => {
  const made = ['container', 'container-options'].flatMap((name) => {
    const text = readFileSync(`src/container/${name}.ts`, 'utf8');
    return [...text.matchAll(/\.room\('(\w+)'\)/g)].map(([, room]) => room);
  });
  expect([...new Set(made)].sort()).toEqual([...rooms]);
});

describe('unknownRoom()', () => {
  const members = { app: ['hello'], process: ['HelloService'] };

  test.each(['root', 'exchange', 'exchange.inbox', 'app.nosuch', 'process.HelloService'])(
    'says nothing of %s',
    (path) => {
      expect(unknownRoom(path)).toBeUndefined();
    },
  );

  test.each([
    ['exchage', "no room of the container is called 'exchage'; did you mean 'exchange'?"],
    ['exchage.inbox', "no room of the container is called 'exchage'; did you mean 'exchange.inbox'?"],
    ['roto', "no room of the container is called 'roto'; did you mean 'root'?"],
    ['helo', "no room of the container is called 'helo'; did you mean 'app.hello'?"],
    [
      'HelloService',
      "no room of the container is called 'HelloService'; did you mean 'process.HelloService'?",
    ],
    [
      'nosuch.room',
      "no room of the container is called 'nosuch'; known are root, app, container, exchange, interact, intercept, process, transport",
    ],
  ])('of %s says what was meant', (path, says) => {
    expect(unknownRoom(path, members)).toBe(says);
  });
});
