/** The module of an app and what its `start` gets: `mod` in the `.app` file. */
export interface AppModuleSpec {
  /** A path relative to the file (`./hello.ts`), or a package. */
  readonly module: string;
  readonly positionalArgs: readonly unknown[];
  readonly keywordArgs: Readonly<Record<string, unknown>>;
}

/** What a `.app` file says, checked and frozen all the way down. */
export interface AppDefinition {
  /** The file it was read from, as it was named. */
  readonly file: string;
  readonly name: string;
  /** `x.y.z`, perhaps with a suffix as in semantic versioning. */
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly mod: AppModuleSpec;
  /** The modules that the app consists of; informational. */
  readonly modules: readonly string[];
  /** Names that processes of the app register. */
  readonly registered: readonly string[];
  /** Apps that must run before this one starts. */
  readonly applications: readonly string[];
  /** Merged into the container's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keyword arguments of `start`; they go over those of `mod`. */
  readonly args: Readonly<Record<string, unknown>>;
}
