/** Where results go. */
export interface Output {
  write(text: string, done: (error?: Error | null) => void): boolean;
}

/** Writes all of `text`; resolves when it has left, so that nothing of it is lost if the program ends. False: nobody reads any more. */
export function written(output: Output, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    output.write(text, (error) => resolve(error === null || error === undefined));
  });
}
