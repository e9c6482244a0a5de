import type { Static, TSchema } from 'typebox';
import { ApplicationError, type ErrorOptions } from '../errors/index.ts';

/** TypeBox's own type of schemas lets any value through. */
export type Schema = TSchema & object;

/** The data of the errors that an operation declares, by their codes. */
export type ErrorSchemas = Readonly<Record<string, Schema>>;

/** What an operation declares that names no errors. */
export type NoErrors = Readonly<Record<never, never>>;

/**
 * A failure that a contract declares: thrown by a handler as `new Shop.errors.OutOfStock({ left: 0 })`, it arrives at whoever calls
 * through a typed client as the same class with the same data, from the next process or another container. On the wire it is an
 * application's error with status 409, and the data is its `details`.
 */
export abstract class DeclaredError<N extends string = string, D = unknown> extends ApplicationError {
  declare readonly code: N;
  readonly data: D;

  /** @internal Made by the classes of a contract's `errors`. */
  constructor(code: N, data: D, message: string, options: ErrorOptions = {}) {
    const details = isMap(data) ? data : {};
    super(code, message, { ...options, details, status: declaredErrorStatus });
    this.data = data;
  }
}

/** The response code of every declared error: the request clashes with the state that the service is in. */
export const declaredErrorStatus = 409;

/** The class of one declared error. */
export interface DeclaredErrorClass<N extends string, D> {
  /** `data` is checked when the error leaves the operation; a message that is left out is the error's name. */
  new (...given: DeclaredErrorArguments<D>): DeclaredError<N, D>;
  readonly prototype: DeclaredError<N, D>;
  readonly code: N;
}

/** Data that is an empty map may be left out. */
export type DeclaredErrorArguments<D> =
  Record<never, never> extends D
    ? [data?: D, message?: string, options?: ErrorOptions]
    : [data: D, message?: string, options?: ErrorOptions];

/** The class of any declared error. */
export interface AnyDeclaredErrorClass {
  new (data: never, message?: string, options?: ErrorOptions): DeclaredError;
  readonly prototype: DeclaredError;
  readonly code: string;
}

/** What {@link DeclaredErrors} needs of an operation. */
interface Declaring {
  readonly errors: ErrorSchemas;
}

/** The classes of all errors that operations `O` declare, by their codes. */
export type DeclaredErrors<O extends Readonly<Record<string, Declaring>>> =
  string extends ErrorNames<O>
    ? Readonly<Record<string, AnyDeclaredErrorClass>>
    : { readonly [N in ErrorNames<O>]: DeclaredErrorClass<N, ErrorData<O, N>> };

type ErrorNames<O extends Readonly<Record<string, Declaring>>> = {
  [K in keyof O]: keyof O[K]['errors'] & string;
}[keyof O];

type ErrorData<O extends Readonly<Record<string, Declaring>>, N extends string> = {
  [K in keyof O]: N extends keyof O[K]['errors'] ? StaticOf<O[K]['errors'][N]> : never;
}[keyof O];

type StaticOf<S> = S extends TSchema ? Static<S> : never;

/** Makes the class of the error `code` of service `service`. */
export function declaredErrorClass(service: string, code: string): AnyDeclaredErrorClass {
  class Declared extends DeclaredError {
    static readonly code = code;

    constructor(data: unknown = {}, message = `${service}: ${code}`, options?: ErrorOptions) {
      super(code, data, message, options);
    }
  }
  // What logs and `name` show.
  Object.defineProperty(Declared, 'name', { value: code });
  return Declared;
}

/** An instance of a declared error's class. Whoever calls this has checked the data. */
export function makeDeclaredError(
  errorClass: AnyDeclaredErrorClass,
  data: unknown,
  message: string,
  options: ErrorOptions,
): Error {
  return Reflect.construct(errorClass, [data, message, options]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
