/** Group commit: what comes in while one batch is on its way goes out together as the next one. */

export interface Batches<Item, Result> {
  /** Rejects where its batch fails, and where too many wait already. */
  add(item: Item): Promise<Result>;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
}

export interface BatchSettings<Item, Result> {
  readonly itemsMax: number;
  readonly pendingMax: number;
  /** One at a time, in the order in which the items came; gives a result for each item. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** What is thrown where too many wait. */
  readonly full: () => Error;
}

interface Waiting<Item, Result> extends PromiseWithResolvers<Result> {
  readonly item: Item;
}

export function createBatches<Item, Result>(settings: BatchSettings<Item, Result>): Batches<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;

  async function runAll(): Promise<void> {
    // What is added in the same turn of the event loop belongs to the first batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, settings.itemsMax);
      try {
        const results = await settings.run(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  }

  return {
    add(item) {
      if (waiting.length >= settings.pendingMax) return Promise.reject(settings.full());
      const one = { item, ...Promise.withResolvers<Result>() };
      waiting.push(one);
      running ??= runAll();
      return one.promise;
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
