/** Finds what is kept about a person, so that it can be forgotten. */

/** Which kept answers are about whom. */
export function createSubjectKeys() {
  const keys = new Map<string, Set<string>>();
  return {
    all: (subject: string): readonly string[] => [...(keys.get(subject) ?? [])],
    add(subject: string | undefined, key: string): void {
      if (subject === undefined) return;
      const known = keys.get(subject) ?? new Set();
      keys.set(subject, known.add(key));
    },
    remove(subject: string | undefined, key: string): void {
      if (subject === undefined) return;
      const known = keys.get(subject);
      known?.delete(key);
      if (known?.size === 0) keys.delete(subject);
    },
  };
}
