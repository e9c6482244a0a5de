import { describe, expect, test } from '@jest/globals';
import { configure, startApp, stopApp } from '../../../src/shell/helpers/apps.ts';
import { config } from '../../../src/shell/helpers/config.ts';
import { rpcSend, send } from '../../../src/shell/helpers/messages.ts';
import { kill } from '../../../src/shell/helpers/processes.ts';
import { shellBed } from './bed.ts';

/** A value as an untyped prompt hands it over. */
const untyped = (text: string) => JSON.parse(text);

describe('helpers that are called with wrong arguments', () => {
  test('fail with BadRequest and their signature', async () => {
    const { container, shell } = await shellBed();
    const nothing = untyped('[]')[0];
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [
        () => startApp.bind(shell)(nothing),
        'start_app(app, options?): expected a name or a path, found nothing',
      ],
      [
        () => startApp.bind(shell)('x', untyped('{"mutl": true}')),
        "start_app(app, options?): unknown option 'mutl'; did you mean 'mult'?",
      ],
      [() => stopApp.bind(shell)(untyped('5')), 'stop_app(app): expected a name, found a number'],
      [
        () => configure.bind(shell)('hello', untyped('[1]')),
        'configure(app, args, options?): expected a map, found a list',
      ],
      [
        () => configure.bind(shell)('hello', nothing),
        'configure(app, args, options?): expected a map, found nothing',
      ],
      [
        () => configure.bind(shell)('hello', {}, untyped('{"restrat": true}')),
        "configure(app, args, options?): unknown option 'restrat'; did you mean 'restart'?",
      ],
      [
        () => config.bind(shell).get(nothing),
        'config.get(path): expected a path such as rpc.timeoutMs, found nothing',
      ],
      [
        () => config.bind(shell).explain(''),
        'config.explain(path): expected a path such as rpc.timeoutMs, found an empty text',
      ],
      [
        () => kill.bind(shell)(nothing),
        'kill(process, how?): expected a name, a process id or its number, found nothing',
      ],
      [
        () => kill.bind(shell)(untyped('{"id": "a.1"}')),
        'kill(process, how?): expected a name, a process id or its number, found an object; give its id, as in ps()[0].id',
      ],
      [
        () => rpcSend.bind(shell)('hello', 'hello', 'you', untyped('{"timeotMs": 5}')),
        "rpc_send(to, op, content?, options?): unknown option 'timeotMs'; did you mean 'timeoutMs'?",
      ],
      [
        () => send.bind(shell)('hello', 'hello', 'you', untyped('5')),
        'send(to, op, content?, options?): expected a map of options, found a number',
      ],
    ];
    for (const [run, message] of wrong) {
      await expect((async () => run())()).rejects.toMatchObject({ code: 'BadRequest', message });
    }
    await container.stop();
  });
});
