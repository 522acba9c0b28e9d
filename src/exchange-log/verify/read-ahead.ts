/** Keeps a few reads under way while their results are taken in order. */

/** Results of `read(0)` to `read(count - 1)`; at most `depth` are under way or wait. */
export async function* readAhead<T>(
  count: number,
  depth: number,
  read: (index: number) => Promise<T>,
): AsyncGenerator<T> {
  const underWay: Promise<T>[] = [];
  for (let next = 0; next < count || underWay.length > 0; ) {
    while (next < count && underWay.length < depth) {
      const reading = read(next);
      // Whoever takes the result meets the error.
      reading.catch(() => undefined);
      underWay.push(reading);
      next += 1;
    }
    yield await (underWay.shift() as Promise<T>);
  }
}
