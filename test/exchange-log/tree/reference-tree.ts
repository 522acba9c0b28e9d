/** The trees that the tests compare with: RFC 6962 word for word, and the eight-leaf tree of the reference implementation. */

import { createHash } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** Entries of the tree that the tests of github.com/google/certificate-transparency have used since 2013. */
export const eightEntries = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));

/** Its roots at sizes 0 to 8. */
export const eightRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

export interface NaiveTree {
  /** MTH(D[start:end]) of section 2.1. */
  root(start: number, end: number): Buffer;
  /** PATH(index, D[start:end]) of section 2.1.1; the index counts from the start of the range. */
  path(index: number, start: number, end: number): Buffer[];
  /** PROOF(oldSize, D[0:end]) of section 2.1.2. */
  proof(oldSize: number, end: number): Buffer[];
}

export function naiveTree(entries: readonly Uint8Array[]): NaiveTree {
  const known = new Map<string, Buffer>();

  function root(start: number, end: number): Buffer {
    const key = `${start}:${end}`;
    const hash = known.get(key) ?? hashOf(start, end);
    known.set(key, hash);
    return hash;
  }

  function hashOf(start: number, end: number): Buffer {
    if (end === start) return sha256();
    if (end - start === 1) return sha256(Buffer.of(0), entries[start] as Uint8Array);
    const middle = start + split(end - start);
    return sha256(Buffer.of(1), root(start, middle), root(middle, end));
  }

  function path(index: number, start: number, end: number): Buffer[] {
    if (end - start === 1) return [];
    const k = split(end - start);
    return index < k
      ? [...path(index, start, start + k), root(start + k, end)]
      : [...path(index - k, start + k, end), root(start, start + k)];
  }

  function subproof(oldSize: number, start: number, end: number, isWhole: boolean): Buffer[] {
    if (oldSize === end - start) return isWhole ? [] : [root(start, end)];
    const k = split(end - start);
    return oldSize <= k
      ? [...subproof(oldSize, start, start + k, isWhole), root(start + k, end)]
      : [...subproof(oldSize - k, start + k, end, false), root(start, start + k)];
  }

  return { root, path, proof: (oldSize, end) => subproof(oldSize, 0, end, true) };
}

/** The root of all the entries. */
export const naiveRoot = (entries: readonly Uint8Array[]) => naiveTree(entries).root(0, entries.length);

/** The greatest power of two less than the count. */
function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}
