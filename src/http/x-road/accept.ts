/** Reads an Accept header the way X-Road does: in the order written, so that both sides choose the same form. */

/** Media types in lower case without parameters, in the order sent; those with `q=0` are not acceptable and left out. */
export function acceptedMediaTypes(accept: string | undefined): string[] {
  if (accept === undefined) return [];
  return accept
    .split(',')
    .filter((range) => !NOT_ACCEPTABLE.test(range))
    .map((range) => (range.split(';', 1)[0] as string).trim().toLowerCase());
}

/** The same by weight (RFC 9110 section 12.4.2), the heaviest first; in the order sent where weights are equal. */
export function preferredMediaTypes(accept: string | undefined): string[] {
  const ranges = (accept ?? '').split(',').map((range) => ({ range, weight: Number(WEIGHT.exec(range)?.[1] ?? 1) }));
  const byWeight = ranges.toSorted((a, b) => b.weight - a.weight);
  return accept === undefined ? [] : acceptedMediaTypes(byWeight.map(({ range }) => range).join(','));
}

const WEIGHT = /;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)/i;

/** RFC 9110 section 12.4.2: a weight of 0. */
const NOT_ACCEPTABLE = /;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i;
