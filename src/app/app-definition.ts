import type {
  ChildShutdown,
  RestartDelayOptions,
  RestartType,
  SupervisorFlags,
} from '../supervisor/index.ts';

/** An app that must be there before another starts: an item of `applications` in the `.app` file. */
export interface AppRequirement {
  readonly name: string;
  /** The versions that will do, as a range of semantic versioning: `^1.2`. Default: any. */
  readonly version: string | undefined;
  /** It runs in another container: the start waits for its services instead of starting it. Default false. */
  readonly remote: boolean;
  /** The services to wait for. Default: what the `.app` file of that name registers. Only for remote ones. */
  readonly services: readonly string[] | undefined;
  /** How long to wait for them. Default 60 000. Only for remote ones. */
  readonly timeoutMs: number | undefined;
}

/** One start phase of an app: an item of `startPhases`, as in OTP's `start_phases`. */
export interface AppStartPhase {
  readonly phase: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The module of an app and what its `start` gets: `mod` in the `.app` file. */
export interface AppModuleSpec {
  /** A path relative to the file (`./hello.ts`), or a package. */
  readonly module: string;
  readonly positionalArgs: readonly unknown[];
  readonly keywordArgs: Readonly<Record<string, unknown>>;
}

/** How the supervisor of an app treats one of its children: keys of an item of `processes`, as in `ChildSpec`. */
export interface AppChildSpec {
  /** Once in the list; for logs and `ps()`. */
  readonly name: string;
  readonly restart: RestartType | undefined;
  readonly shutdown: ChildShutdown | undefined;
  readonly significant: boolean | undefined;
  readonly restartDelay: false | RestartDelayOptions | undefined;
}

/** A supervisor among the children of another: an item of `processes` that has `processes` of its own. */
export interface AppSupervisorSpec extends AppChildSpec {
  readonly supervisor: SupervisorFlags | undefined;
  readonly processes: readonly (AppProcessSpec | AppSupervisorSpec)[];
}

/** One process of an app that is a list of processes: an item of `processes` in the `.app` file. */
export interface AppProcessSpec extends AppChildSpec {
  /** A path relative to the file, or a package. */
  readonly module: string;
  /** The name under which the module exports the class. Default: its default export, else the only process class that it exports. */
  readonly class: string | undefined;
  /** What the process finds as `args`, beneath the arguments of the app. */
  readonly args: Readonly<Record<string, unknown>>;
  /** As in `SpawnOptions`. */
  readonly serviceName: string | undefined;
  /** As in `SpawnOptions`. */
  readonly localName: string | undefined;
  /** As in `SpawnOptions`. */
  readonly concurrency: number | undefined;
  /** As in `SpawnOptions`. */
  readonly startTimeoutMs: number | undefined;
}

/** What a `.app` file says, checked and frozen all the way down. It has either `mod` or `processes`. */
export interface AppDefinition {
  /** The file it was read from, as it was named. */
  readonly file: string;
  readonly name: string;
  /** `x.y.z`, perhaps with a suffix as in semantic versioning. */
  readonly version: string | undefined;
  readonly description: string | undefined;
  /** The module whose `start` and `stop` are the app. */
  readonly mod: AppModuleSpec | undefined;
  /** The processes that are the app, in the order of their start. */
  readonly processes: readonly (AppProcessSpec | AppSupervisorSpec)[] | undefined;
  /** How the supervisor of `processes` treats them. */
  readonly supervisor: SupervisorFlags | undefined;
  /** The modules that the app consists of; informational. */
  readonly modules: readonly string[];
  /** Names that processes of the app register. No two apps of a container may register the same one. */
  readonly registered: readonly string[];
  /** Apps that must run before this one starts. */
  readonly applications: readonly AppRequirement[];
  /** What is called on the module, in order, when the app has started. */
  readonly startPhases: readonly AppStartPhase[];
  /** Settings of the container, as sections: `{rpc: {timeoutMs: 5000}}`. They hold in containers that are started with the app. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Arguments of the app; they go over those of `mod` or of each process. */
  readonly args: Readonly<Record<string, unknown>>;
}
