import type { AppInfo, AppStartOptions } from '../../app/index.ts';
import { defineHelper } from '../helper.ts';
import { checkOptionNames, requireText } from '../helper-arguments.ts';
import type { Shell } from '../shell.ts';

export const apps = defineHelper({
  name: 'apps',
  signature: 'apps()',
  summary: 'The apps that run in this container',
  details:
    'Gives an array of { name, instance, version, root, file }. instance tells several of one app apart: hello, hello#2.',
  examples: ['apps()'],
  bind: (shell) => () => listApps(shell),
});

export const startApp = defineHelper({
  name: 'start_app',
  signature: 'start_app(app, options?)',
  summary: 'Starts an app, after the apps that it needs; gives the apps that run then',
  details:
    'app: the name of an app, or the path of a .app file. options: { mult, args }; with mult: true another instance starts although one ' +
    'runs. If something fails, nothing that this call started is left.',
  examples: ["start_app('example')", "start_app('hello', { mult: true, args: { greeting: 'Ahoy,' } })"],
  completes: ['app'],
  bind: (shell) => async (app: string, options?: AppStartOptions) => {
    checkOptionNames(options, ['mult', 'args'], 'start_app(app, options?)');
    await shell.container.apps.start(
      requireText(app, 'a name or a path', 'start_app(app, options?)'),
      options,
    );
    return listApps(shell);
  },
});

export const stopApp = defineHelper({
  name: 'stop_app',
  signature: 'stop_app(app)',
  summary: 'Stops an app and ends its processes; gives the apps that run then',
  details: "app: its name means the instance that was started last; 'hello#1', 'hello#2' mean just that one.",
  examples: ["stop_app('example')"],
  completes: ['running app'],
  bind: (shell) => async (app: string) => {
    await shell.container.apps.stop(requireText(app, 'a name', 'stop_app(app)'));
    return listApps(shell);
  },
});

function listApps({ container, printer }: Shell): readonly AppInfo[] {
  const running = container.apps.list();
  return printer.table(running, ['instance', 'version', 'root', 'file'], `Running apps: ${running.length}`);
}
