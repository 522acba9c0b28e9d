/** Whether a name is the one in the books, as officials compare: case, spaces, where the tone mark stands, or no marks at all. */

export function isSameName(stated: string, held: string): boolean {
  const [theirs, ours] = [folded(stated), folded(held)];
  return tonesLast(theirs) === tonesLast(ours) || (theirs === bare(theirs) && theirs === bare(ours));
}

/** Decomposed, in lower case, single spaces; eth and African d stand for đ where old fonts were converted. */
function folded(name: string): string {
  const text = name.normalize('NFD').toLowerCase().trim().replace(/\s+/gu, ' ');
  return text
    .replace(/[\u00F0\u0256]/gu, 'đ')
    .replace(/[\u2019\u02BC\u02BB]/gu, "'")
    .replace(/[\u2010\u2011]/gu, '-');
}

/** Grave, acute, tilde, hook above, dot below. */
const tone = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/** Hoà and Hòa alike: each word with its tone at the end. */
function tonesLast(name: string): string {
  const words = name.split(' ');
  return words.map((word) => word.replace(tone, '') + (word.match(tone) ?? []).join('')).join(' ');
}

/** đ has no decomposition. */
const bare = (name: string): string => name.replace(/\p{M}/gu, '').replaceAll('đ', 'd');
