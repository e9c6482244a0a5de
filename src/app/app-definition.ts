/** The module of an app and what its `start` gets: `mod` in the `.app` file. */
export interface AppModuleSpec {
  /** A path relative to the file (`./hello.ts`), or a package. */
  readonly module: string;
  readonly positionalArgs: readonly unknown[];
  readonly keywordArgs: Readonly<Record<string, unknown>>;
}

/** One process of an app that is a list of processes: an item of `processes` in the `.app` file. */
export interface AppProcessSpec {
  /** For logs and `ps()`; once in the list. */
  readonly name: string;
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
  readonly processes: readonly AppProcessSpec[] | undefined;
  /** The modules that the app consists of; informational. */
  readonly modules: readonly string[];
  /** Names that processes of the app register. No two apps of a container may register the same one. */
  readonly registered: readonly string[];
  /** Apps that must run before this one starts. */
  readonly applications: readonly string[];
  /** Settings of the container, as sections: `{rpc: {timeoutMs: 5000}}`. They hold in containers that are started with the app. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Arguments of the app; they go over those of `mod` or of each process. */
  readonly args: Readonly<Record<string, unknown>>;
}
