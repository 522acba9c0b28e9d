/** Does things one after the other of which each may fail without keeping the next ones from being done. */

/** Resolves when it is done or has failed, which is told once, until it was done again or fails in another way. */
export type Attempt<Key> = (key: Key, work: () => Promise<unknown>) => Promise<void>;

export function createEach<Key>(trouble: (error: unknown) => void): Attempt<Key> {
  const told = new Map<Key, string>();
  return async (key, work) => {
    try {
      await work();
      told.delete(key);
    } catch (error) {
      const words = String(error);
      if (told.get(key) === words) return;
      told.set(key, words);
      trouble(error);
    }
  };
}
