/** Draws that hang on a key and a topic alone, so that a change in one part of the sample moves no other. */

/** FNV-1a over the text, then murmur3's finaliser; at least 0, below 1. */
export function lot(key: string, topic: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${topic}:${key}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number, both ends included. */
export function lotBetween(key: string, topic: string, least: number, most: number): number {
  return least + Math.floor(lot(key, topic) * (most - least + 1));
}

export function lotOf<T>(key: string, topic: string, list: readonly [T, ...T[]]): T {
  return list[lotBetween(key, topic, 0, list.length - 1)] ?? list[0];
}

/** A day of the year, YYYY-MM-DD, none of them in the gaps of a calendar. */
export function lotDay(key: string, topic: string, year: number): string {
  const month = lotBetween(key, `${topic} month`, 1, 12);
  const day = lotBetween(key, `${topic} day`, 1, 28);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
