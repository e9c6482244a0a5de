import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { BadRequestError } from '../errors/index.ts';
import { closeObjects } from './close-objects.ts';
import { explainFailure, failureText, type ValidationFailure } from './validation-failure.ts';

/** Checks values against one schema, compiled at first use. */
export class ContentValidator {
  readonly #schema: TSchema;
  #compiled: Validator | undefined;

  /** Objects of `schema` are closed unless it says what further members may be. */
  constructor(schema: TSchema) {
    this.#schema = schema;
  }

  /** Whether `value` fits. */
  check(value: unknown): boolean {
    this.#compiled ??= Compile(closeObjects(this.#schema));
    return this.#compiled.Check(value);
  }

  /** Why a value that does not fit does not. `root` is what messages call it: `content`. */
  explain(value: unknown, root: string): ValidationFailure {
    return explainFailure(this.#schema, this.#compiled?.Errors(value) ?? [], value, root);
  }

  /** Throws the error for a value that does not fit, naming the place, what is expected and what was found. */
  fail(value: unknown, root: string): never {
    const failure = this.explain(value, root);
    throw new BadRequestError(failureText(failure), { details: failureDetails(failure) });
  }
}

/** What programs are told of a failure. */
export function failureDetails({ path, expected, found }: ValidationFailure): Record<string, string> {
  return { path, expected, found };
}
