/** Reads an Accept header the way X-Road does: in the order written, so that both sides choose the same form. */

/** Media types in lower case without parameters, in the order sent; those with `q=0` are not acceptable and left out. */
export function acceptedMediaTypes(accept: string | undefined): string[] {
  if (accept === undefined) return [];
  return accept
    .split(',')
    .filter((range) => !NOT_ACCEPTABLE.test(range))
    .map((range) => (range.split(';', 1)[0] as string).trim().toLowerCase());
}

/** RFC 9110 section 12.4.2: a weight of 0. */
const NOT_ACCEPTABLE = /;\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)/i;
