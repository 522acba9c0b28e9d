/** Random values from a seed, so that a property that fails once fails again. */

export interface Random {
  /** 0 to 1, the end excluded. */
  next(): number;
  /** 0 to `end`, the end excluded. */
  below(end: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Up to `unitsMax` pieces of text that printers of JSON tend to get wrong. */
  text(unitsMax: number): string;
}

const awkwardPieces = [
  ...'aZ09 _-/\\"\'{}[]:,<>&',
  '\n',
  '\t',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u2028',
  '\u2029',
  '\ufeff',
  'đ',
  'Nguyễn',
  'Nguyễn'.normalize('NFD'),
  '😀',
  '𠮷',
  '__proto__',
  'constructor',
];

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  const pick = <T>(choices: readonly T[]) => choices[below(choices.length)] as T;
  return {
    next,
    below,
    pick,
    chance: (probability) => next() < probability,
    text: (unitsMax) => Array.from({ length: below(unitsMax + 1) }, () => pick(awkwardPieces)).join(''),
  };
}
