/** Those who wait until the index has reached an entry of the log. */

export interface Waiting {
  /** Entries indexed, as far as is known. */
  indexed(): number;
  isWaitedFor(): boolean;
  moved(to: number): void;
  /** True as soon as that entry is indexed, false where it is not within the time. */
  until(index: number, timeoutMs: number): Promise<boolean>;
  /** Lets everybody go. */
  end(): void;
}

interface Waiter {
  readonly index: number;
  readonly settle: (isIndexed: boolean) => void;
}

export function createWaiting(): Waiting {
  let indexed = 0;
  let ended = false;
  const waiters = new Set<Waiter>();
  return {
    indexed: () => indexed,
    isWaitedFor: () => waiters.size > 0,
    moved(to: number): void {
      indexed = to;
      for (const { index, settle } of waiters) if (index < to) settle(true);
    },
    until(index: number, timeoutMs: number): Promise<boolean> {
      if (index < indexed || ended) return Promise.resolve(index < indexed);
      return new Promise((resolve) => {
        const timer = setTimeout(() => waiter.settle(false), timeoutMs);
        const waiter = {
          index,
          settle(isIndexed: boolean) {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(isIndexed);
          },
        };
        waiters.add(waiter);
      });
    },
    end(): void {
      ended = true;
      for (const { settle } of waiters) settle(false);
    },
  };
}
