/** Compares Vietnamese names as people and devices write them: code points, tone-mark placement, or no marks at all. */

/**
 * - `exact`: the same letters and marks; Unicode form (NFC, NFD), case, spaces and the shapes of đ and of the apostrophe
 *   do not count
 * - `tone-variant`: in some word the tone mark stands on another vowel, as in Hoà and Hòa
 * - `unaccented`: the caller writes no marks at all, and the letters under them are the same
 * - `none`: another name; a wrong or missing mark among others is a difference
 */
export type NameLevel = 'exact' | 'tone-variant' | 'unaccented' | 'none';

export function matchName(claimed: string, registered: string): NameLevel {
  const [ours, theirs] = [folded(registered), folded(claimed)];
  if (ours === theirs) return 'exact';
  if (tonesLast(ours) === tonesLast(theirs)) return 'tone-variant';
  return theirs === bare(theirs) && theirs === bare(ours) ? 'unaccented' : 'none';
}

/** Eth and African d look like the Vietnamese đ and come from old conversions; none has a decomposition. */
const lookalikes: readonly (readonly [RegExp, string])[] = [
  [/[\u00F0\u0256]/gu, 'đ'],
  [/[\u2019\u02BC\u02BB]/gu, "'"],
  [/[\u2010\u2011]/gu, '-'],
  [/\s+/gu, ' '],
];

/** One spelling for what is the same name: decomposed, in lower case, single spaces. */
function folded(name: string): string {
  const text = name.normalize('NFD').toLowerCase().trim();
  return lookalikes.reduce((result, [shape, letter]) => result.replace(shape, letter), text);
}

/** Grave, acute, tilde, hook above, dot below; circumflex, breve and horn make other vowels and stay where they are. */
const tone = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/** Each word with its tone at the end, so that the placement drops out of the comparison. */
function tonesLast(name: string): string {
  return name
    .split(' ')
    .map((word) => word.replace(tone, '') + (word.match(tone) ?? []).join(''))
    .join(' ');
}

/** đ has no decomposition and is mapped by hand. */
function bare(name: string): string {
  return name.replace(/\p{M}/gu, '').replaceAll('đ', 'd');
}
