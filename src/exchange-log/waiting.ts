/** Those who wait for a checkpoint that covers their entry. */

export interface Waiting {
  /** Resolves with the first checkpoint that covers the entry. */
  add(index: number): Promise<string>;
  /** A checkpoint of that many entries is there. */
  serve(size: number, note: string): void;
  /** There will be none. */
  dismiss(reason: unknown): void;
}

interface Waiter {
  readonly index: number;
  readonly resolve: (note: string) => void;
  readonly reject: (reason: unknown) => void;
}

export function createWaiting(): Waiting {
  let waiters: Waiter[] = [];
  return {
    add: (index) => new Promise((resolve, reject) => waiters.push({ index, resolve, reject })),
    serve(size, note) {
      const covered = waiters.filter(({ index }) => index < size);
      waiters = waiters.filter(({ index }) => index >= size);
      for (const { resolve } of covered) resolve(note);
    },
    dismiss(reason) {
      for (const { reject } of waiters) reject(reason);
      waiters = [];
    },
  };
}
