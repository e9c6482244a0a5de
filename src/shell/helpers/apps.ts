import type { AppConfigureOptions, AppInfo, AppStartOptions, LoadedAppInfo } from '../../app/index.ts';
import { defineHelper } from '../helper.ts';
import { checkOptionNames, requireMap, requireText } from '../helper-arguments.ts';
import type { Shell } from '../shell.ts';

export const apps = defineHelper({
  name: 'apps',
  signature: 'apps()',
  summary: 'The apps that run in this container, start or stop',
  details:
    'Gives an array of { name, instance, version, state, startType, waitingFor, root, file }. instance tells several of one app apart: hello, ' +
    'hello#2. state: waiting (for services of apps in other containers, named in waitingFor), starting, running or stopping. startType tells what ' +
    'happens when it ends by itself: permanent, the container stops; transient, it stops unless the reason is normal; temporary, nothing.',
  examples: ['apps()'],
  bind: (shell) => () => listApps(shell),
});

export const startApp = defineHelper({
  name: 'start_app',
  signature: 'start_app(app, options?)',
  summary: 'Starts an app, after the apps that it needs; gives the apps that run then',
  details:
    'app: the name of an app, or the path of a .app file. options: { mult, args, startType }; with mult: true another instance starts although one ' +
    "runs; startType, by default 'temporary', is explained by help(apps). If something fails, nothing that this call started is left.",
  examples: ["start_app('example')", "start_app('hello', { mult: true, args: { greeting: 'Ahoy,' } })"],
  completes: ['app'],
  bind: (shell) => async (app: string, options?: AppStartOptions) => {
    checkOptionNames(options, ['mult', 'args', 'startType'], 'start_app(app, options?)');
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

export const loadApp = defineHelper({
  name: 'load_app',
  signature: 'load_app(app)',
  summary: 'Checks an app and loads its modules without starting it; gives the apps that are loaded',
  details:
    'app: the name of an app, or the path of a .app file. start_app() loads what is not loaded; this finds out beforehand that it can be.',
  examples: ["load_app('example')"],
  completes: ['app'],
  bind: (shell) => async (app: string) => {
    await shell.container.apps.load(requireText(app, 'a name or a path', 'load_app(app)'));
    return listLoaded(shell);
  },
});

export const unloadApp = defineHelper({
  name: 'unload_app',
  signature: 'unload_app(app)',
  summary: 'Takes load_app() back; gives the apps that are loaded then',
  details: 'app: the name of an app that does not run.',
  examples: ["unload_app('example')"],
  completes: ['app'],
  bind: (shell) => (app: string) => {
    shell.container.apps.unload(requireText(app, 'a name', 'unload_app(app)'));
    return listLoaded(shell);
  },
});

export const configure = defineHelper({
  name: 'configure',
  signature: 'configure(app, args, options?)',
  summary: 'Changes arguments of a running app; gives those that it has then',
  details:
    'app: as in stop_app(). Each of args replaces the one of its name, null takes it away, the others stay. The app is told (onConfigChange); one ' +
    'that cannot be is refused and has to be restarted with them: { restart: true }. Arguments stay as they were if the app refuses them.',
  examples: [
    "configure('hello', { greeting: 'Ahoy,' })",
    "configure('hello', { greeting: null }, { restart: true })",
  ],
  completes: ['running app'],
  bind: (shell) => (app: string, args: Readonly<Record<string, unknown>>, options?: AppConfigureOptions) => {
    const signature = 'configure(app, args, options?)';
    checkOptionNames(options, ['restart'], signature);
    return shell.container.apps.configure(
      requireText(app, 'a name', signature),
      requireMap(args, signature),
      options,
    );
  },
});

function listApps({ container, printer }: Shell): readonly AppInfo[] {
  const all = container.apps.list();
  const running = all.filter(({ state }) => state === 'running').length;
  const columns = ['instance', 'version', 'state', 'startType', 'root', 'file'] as const;
  const isWaiting = all.some(({ waitingFor }) => waitingFor.length > 0);
  return printer.table(all, isWaiting ? [...columns, 'waitingFor'] : columns, `Running apps: ${running}`);
}

function listLoaded({ container, printer }: Shell): readonly LoadedAppInfo[] {
  const loaded = container.apps.loaded();
  return printer.table(loaded, ['name', 'version', 'file'], `Loaded apps: ${loaded.length}`);
}
