/** Entries that are durable and not yet in the tree, in order; it says when it needs the memory of a commit's entries no longer. */

export interface EntryQueue {
  /** Entries. */
  readonly length: number;
  /** `taken` is called once the last of them has been. */
  add(entries: readonly Buffer[], taken?: () => void): void;
  /** Hands out the first one, and lets go of it. */
  take(use: (entry: Buffer) => void): void;
  /** A copy, counted from the first one. */
  entry(ordinal: number): Buffer | undefined;
}

interface Commit {
  readonly entries: readonly Buffer[];
  readonly taken: (() => void) | undefined;
}

export function createEntryQueue(): EntryQueue {
  const commits: Commit[] = [];
  /** Of the first commit, so many have been taken. */
  let begun = 0;
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(entries, taken) {
      if (entries.length > 0) commits.push({ entries, taken });
      length += entries.length;
    },
    take(use) {
      const [first] = commits;
      const entry = first?.entries[begun];
      if (first === undefined || entry === undefined) return;
      use(entry);
      length -= 1;
      begun += 1;
      if (begun < first.entries.length) return;
      commits.shift();
      begun = 0;
      first.taken?.();
    },
    entry(ordinal) {
      let left = begun + ordinal;
      for (const { entries } of ordinal < 0 ? [] : commits) {
        const entry = entries[left];
        if (entry !== undefined) return Buffer.from(entry);
        left -= entries.length;
      }
      return undefined;
    },
  };
}
