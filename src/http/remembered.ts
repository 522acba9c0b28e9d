/** Remembers what short texts were read as, so that callers who send the same ones again and again have them read once. */

/**
 * The same function, which must be pure; what it throws is thrown each time. At most `textsMax` results are remembered:
 * when there would be more, all are forgotten at once, which costs callers nothing but another reading.
 */
export function remembering<T>(read: (text: string) => T, textsMax: number): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size >= textsMax) known.clear();
    known.set(text, value);
    return value;
  };
}
