/** The one failure that ends the log: whoever meets it first tells all the others. */

export interface FirstFailure {
  /** Undefined as long as nothing failed. */
  readonly cause: unknown;
  /** Only the first call counts. */
  set(this: void, error: unknown): void;
  on(listener: (error: unknown) => void): void;
}

export function createFirstFailure(): FirstFailure {
  const listeners: ((error: unknown) => void)[] = [];
  let first: { readonly error: unknown } | undefined;
  return {
    get cause() {
      return first?.error;
    },
    set(error) {
      if (first !== undefined) return;
      first = { error };
      for (const listener of listeners) listener(error);
    },
    on: (listener) => listeners.push(listener),
  };
}
