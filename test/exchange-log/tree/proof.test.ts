import t from 'tap';
import { emptyRoot, type Hash, leafHash } from '../../../src/exchange-log/tree/hash.ts';
import {
  consistencyProof,
  inclusionProof,
  ProofError,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from '../../../src/exchange-log/tree/proof.ts';
import { memoryTiles, numberedEntries } from './memory-tiles.ts';
import { eightEntries, eightRoots, naiveRoot, naiveTree } from './reference-tree.ts';

const fromHex = (hex: string) => Buffer.from(hex, 'hex');

/** Published with the eight-leaf tree. */
const inclusions: [index: number, size: number, proof: string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

const consistencies: [oldSize: number, newSize: number, proof: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
  [
    6,
    7,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
];

t.test('roots and proofs of the eight-leaf tree are the published ones', async (t) => {
  const tiles = memoryTiles(eightEntries);
  for (const [size, root] of eightRoots.entries()) t.same(await rootAt(tiles, size), fromHex(root), `root ${size}`);
  for (const [index, size, published] of inclusions) {
    const proof = published.map(fromHex);
    t.same(await inclusionProof(tiles, index, size), proof, `entry ${index} of ${size}`);
    verifyInclusion(leafHash(eightEntries[index] as Buffer), index, size, proof, fromHex(eightRoots[size] as string));
  }
  for (const [oldSize, newSize, published] of consistencies) {
    const proof = published.map(fromHex);
    t.same(await consistencyProof(tiles, oldSize, newSize), proof, `from ${oldSize} to ${newSize}`);
    const [oldRoot, newRoot] = [eightRoots[oldSize], eightRoots[newSize]] as [string, string];
    verifyConsistency(oldSize, fromHex(oldRoot), newSize, fromHex(newRoot), proof);
  }
});

t.test('every proof of every tree up to 64 entries, and many up to 600, are those of the naive tree', async (t) => {
  const entries = numberedEntries(600);
  const tiles = memoryTiles(entries);
  const naive = naiveTree(entries);
  for (let size = 1; size <= 600; size++) {
    const root = await rootAt(tiles, size);
    if (!root.equals(naive.root(0, size))) t.fail(`root ${size}`);
    for (const index of size <= 64 ? Array(size).keys() : spread(size)) {
      const proof = await inclusionProof(tiles, index, size);
      if (!isSame(proof, naive.path(index, 0, size))) t.fail(`entry ${index} of ${size}`);
      verifyInclusion(leafHash(entries[index] as Buffer), index, size, proof, root);
      const old = index + 1;
      const growth = await consistencyProof(tiles, old, size);
      if (!isSame(growth, naive.proof(old, size))) t.fail(`from ${old} to ${size}`);
      verifyConsistency(old, naive.root(0, old), size, root, growth);
    }
  }
});

const isSame = (a: readonly Hash[], b: readonly Hash[]) => Buffer.concat(a).equals(Buffer.concat(b));

/** Five indexes, others for each size. */
const spread = (size: number) =>
  [0, size - 1, (size * 7) % 61, (size * 31) % 251, Math.floor(size / 2)].filter((i) => i < size);

t.test('a proof reads only the tiles on its way and at the right edge, each once', async (t) => {
  const tiles = memoryTiles(numberedEntries(70_000));
  await inclusionProof(tiles, 300, 70_000);
  t.strictSame(tiles.reads.toSorted(), ['0/1/256', '0/273/112', '1/0/256', '1/1/17']);
});

t.test('a proof with anything changed is refused', async (t) => {
  const entries = numberedEntries(11);
  const tiles = memoryTiles(entries);
  const root = naiveRoot(entries);
  const leaf = leafHash(entries[4] as Buffer);
  const proof = await inclusionProof(tiles, 4, 11);
  const [first, second, ...rest] = proof as [Hash, Hash, ...Hash[]];
  const flipped = Buffer.from(first);
  const longLeft = Buffer.concat([rest[0] as Hash, Buffer.of(0)]);
  flipped.writeUInt8(flipped.readUInt8(31) ^ 1, 31);
  verifyInclusion(leaf, 4, 11, proof, root);

  const wrong: [string, Hash, number, number, Hash[], Hash][] = [
    ['a bit of the proof', leaf, 4, 11, [flipped, second, ...rest], root],
    ['two hashes swapped', leaf, 4, 11, [second, first, ...rest], root],
    ['a hash too few', leaf, 4, 11, [second, ...rest], root],
    ['a hash too many', leaf, 4, 11, [...proof, root], root],
    ['no proof', leaf, 4, 11, [], root],
    ['a short hash', leaf, 4, 11, [first.subarray(1), second, ...rest], root],
    ['a hash with a byte too many', leaf, 4, 11, [first, second, longLeft, ...rest.slice(1)], root],
    ['the entry after the only one', leaf, 1, 1, [], leaf],
    ['another leaf', leafHash(entries[5] as Buffer), 4, 11, proof, root],
    ['a leaf with a byte too many', Buffer.concat([leaf, Buffer.of(0)]), 4, 11, proof, root],
    ['another index', leaf, 5, 11, proof, root],
    ['another size', leaf, 4, 4, proof, root],
    ['another root', leaf, 4, 11, proof, naiveRoot(entries.slice(0, 10))],
    ['an index beyond the tree', leaf, 11, 11, proof, root],
    ['an index below the tree', leaf, -1, 11, proof, root],
    ['a size beyond 2^53', leaf, 4, 2 ** 53, proof, root],
  ];
  for (const [name, ...arguments_] of wrong) t.throws(() => verifyInclusion(...arguments_), ProofError, name);
});

t.test('a tree that did not only grow has no consistency proof that verifies', async (t) => {
  const entries = numberedEntries(11);
  const rewritten = entries.with(2, Buffer.from('rewritten'));
  const [oldRoot, newRoot] = [naiveRoot(entries.slice(0, 6)), naiveRoot(entries)];
  const proof = await consistencyProof(memoryTiles(entries), 6, 11);
  const [root8, proof8] = [naiveRoot(entries.slice(0, 8)), await consistencyProof(memoryTiles(entries), 8, 11)];
  verifyConsistency(8, root8, 11, newRoot, proof8);
  const forged = await consistencyProof(memoryTiles(rewritten), 6, 11);
  verifyConsistency(6, oldRoot, 11, newRoot, proof);

  const wrong: [string, number, Hash, number, Hash, Hash[]][] = [
    ['a rewritten entry, with its own proof', 6, oldRoot, 11, naiveRoot(rewritten), forged],
    ['a rewritten entry, with the honest proof', 6, oldRoot, 11, naiveRoot(rewritten), proof],
    ['another old root', 6, naiveRoot(entries.slice(0, 7)), 11, newRoot, proof],
    ['an old root with a byte too many', 8, Buffer.concat([root8, Buffer.of(0)]), 11, newRoot, proof8],
    ['another old size', 5, oldRoot, 11, newRoot, proof],
    ['a hash too few', 6, oldRoot, 11, newRoot, proof.slice(1)],
    ['a hash too many', 6, oldRoot, 11, newRoot, [...proof, newRoot]],
    ['a tree that shrank', 11, newRoot, 6, oldRoot, proof],
    ['equal sizes, other roots', 11, newRoot, 11, naiveRoot(rewritten), []],
    ['equal sizes, with a proof', 11, newRoot, 11, newRoot, proof],
    ['from nothing, with a proof', 0, emptyRoot, 11, newRoot, proof],
    ['from nothing, with another root than that of nothing', 0, oldRoot, 11, newRoot, []],
  ];
  for (const [name, ...arguments_] of wrong) t.throws(() => verifyConsistency(...arguments_), ProofError, name);
});

t.test('the empty tree is the beginning of every tree', async (t) => {
  const tiles = memoryTiles(numberedEntries(3));
  t.strictSame(await consistencyProof(tiles, 0, 3), []);
  verifyConsistency(0, emptyRoot, 3, await rootAt(tiles, 3), []);
  verifyConsistency(0, emptyRoot, 0, emptyRoot, []);
  t.same(await rootAt(tiles, 0), emptyRoot);
});

t.test('proofs that cannot be are not made, and a missing tile is told', async (t) => {
  const tiles = memoryTiles(numberedEntries(3));
  for (const [index, size] of [
    [3, 3],
    [0, 0],
    [-1, 3],
    [0.5, 3],
    [0, 2 ** 53],
  ] as const) {
    await t.rejects(inclusionProof(tiles, index, size), { name: 'RangeError' }, `entry ${index} of ${size}`);
  }
  for (const [old, size] of [
    [4, 3],
    [-1, 3],
    [1, 2 ** 53],
  ] as const) {
    await t.rejects(consistencyProof(tiles, old, size), { name: 'RangeError' }, `from ${old} to ${size}`);
  }
  await t.rejects(rootAt(tiles, -1), { name: 'RangeError' });
  await t.rejects(rootAt(tiles, 4), { message: 'no tile 0/0 of width 4' });
});
