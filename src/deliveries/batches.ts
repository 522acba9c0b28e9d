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
  /** Batches under way at once. */
  readonly overlapMax: number;
  /**
   * In the order in which the items came; gives a result for each item. The next batch begins when this one is done, or
   * says that the next one may follow it already; nobody is given a result before those who came earlier.
   */
  readonly run: (items: readonly Item[], mayFollow: () => void) => Promise<readonly Result[]>;
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
    const underWay = new Set<Promise<void>>();
    let last = Promise.resolve();
    while (waiting.length > 0 || underWay.size > 0) {
      if (waiting.length === 0 || underWay.size >= settings.overlapMax) {
        await Promise.race(underWay);
        continue;
      }
      const begun = Promise.withResolvers<void>();
      const batch: Promise<void> = runOne(waiting.splice(0, settings.itemsMax), begun.resolve, last);
      last = batch;
      underWay.add(batch);
      batch.then(() => underWay.delete(batch));
      await Promise.race([begun.promise, batch]);
    }
    running = undefined;
  }

  async function runOne(batch: readonly Waiting<Item, Result>[], mayFollow: () => void, before: Promise<void>) {
    const items = batch.map(({ item }) => item);
    const [outcome] = await Promise.allSettled([settings.run(items, mayFollow), before]);
    for (const [index, { resolve, reject }] of batch.entries()) {
      if (outcome.status === 'fulfilled') resolve(outcome.value[index] as Result);
      else reject(outcome.reason);
    }
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
