/** What an app may be told, weakest first. */
export interface ArgumentLayers {
  /** The keyword arguments of `mod`, or the `args` of one of `processes`. */
  readonly own?: Readonly<Record<string, unknown>> | undefined;
  /** `args` of the app file. */
  readonly file?: Readonly<Record<string, unknown>> | undefined;
  /** `args` of the release's entry, or of the call that starts the app. */
  readonly release?: Readonly<Record<string, unknown>> | undefined;
  /** `apparg_<app>` of the command line. */
  readonly override?: Readonly<Record<string, unknown>> | undefined;
}

/** The arguments that an app gets. Each stands by itself: the strongest layer that has it gives its whole value. */
export function mergeArguments(layers: ArgumentLayers): Readonly<Record<string, unknown>> {
  const { own, file, release, override } = layers;
  return Object.freeze({ ...own, ...file, ...release, ...override });
}
