import t from 'tap';
import { type Hash, leafHash, nodeHash } from '../../../src/exchange-log/tree/hash.ts';
import { createTreeEdge, restoreTreeEdge } from '../../../src/exchange-log/tree/incremental.ts';
import { partialTiles } from '../../../src/exchange-log/tree/tile-path.ts';
import { memoryTiles, numberedEntries } from './memory-tiles.ts';
import { eightEntries, eightRoots, naiveRoot, naiveTree } from './reference-tree.ts';

t.test('a growing tree has the published roots of the eight-leaf tree', async (t) => {
  const edge = createTreeEdge();
  const roots = [edge.root().toString('hex')];
  for (const entry of eightEntries) {
    edge.append(leafHash(entry));
    roots.push(edge.root().toString('hex'));
  }
  t.strictSame(roots, eightRoots);
});

t.test('a growing tree has the root of the naive one at every size up to 600', async (t) => {
  const entries = numberedEntries(600);
  const naive = naiveTree(entries);
  const edge = createTreeEdge();
  for (const [index, entry] of entries.entries()) {
    edge.append(leafHash(entry));
    if (!edge.root().equals(naive.root(0, index + 1))) t.fail(`the root at size ${index + 1}`);
  }
  t.equal(edge.size, 600);
});

t.test(
  'an entry that fills a tile hands its hash to the level above, at both levels at once where both are full',
  async (t) => {
    const edge = createTreeEdge();
    const level1: Hash[] = [];
    let last: Hash[] = [];
    for (let index = 0; index < 65_536; index++) {
      last = edge.append(leafHash(Buffer.from(`entry ${index}`)));
      if (last.length !== ((index + 1) % 256 === 0 ? (index === 65_535 ? 3 : 2) : 1)) t.fail(`entry ${index}`);
      if (last[1] !== undefined) level1.push(last[1]);
    }
    t.same(level1[0], naiveRoot(numberedEntries(256)), 'the hash of a tile is the root of its entries');
    t.equal(level1.length, 256);
    t.same(last[2], edge.root());
  },
);

t.test('an edge restored from tiles grows on as if it had never been away', async (t) => {
  const entries = numberedEntries(1100);
  const tiles = memoryTiles(entries);
  for (const size of [0, 1, 2, 3, 254, 255, 256, 257, 511, 512, 513, 767, 1023]) {
    const edge = await restoreTreeEdge(size, tiles);
    const gained = entries.slice(size).map((entry) => edge.append(leafHash(entry)).length);
    t.same(edge.root(), naiveRoot(entries), `from size ${size}`);
    const filled = Math.floor(1100 / 256) - Math.floor(size / 256);
    t.equal(gained.filter((count) => count === 2).length, filled, 'tiles filled since');
  }
});

t.test('a restore reads the partial tiles of its size and no others, each once', async (t) => {
  const tiles = memoryTiles(numberedEntries(70_000));
  const edge = await restoreTreeEdge(70_000, tiles);
  const partial = partialTiles(70_000).map(({ level, index, width }) => `${level}/${index}/${width}`);
  t.strictSame(tiles.reads.toSorted(), partial);
  const whole = createTreeEdge();
  for (const entry of numberedEntries(70_000)) whole.append(leafHash(entry));
  t.same(edge.root(), whole.root());
});

t.test('sizes beyond 32 bits are no different, up to the last safe integer', async (t) => {
  // Where all entries are equal, so are all subtrees of a height: a tree of any size is known.
  const heights = [leafHash(Buffer.from('same'))];
  for (const hash of heights) if (heights.length <= 54) heights.push(nodeHash(hash, hash));
  const tiles = {
    tile: async (level: number, _index: number, width: number) =>
      Buffer.concat(Array.from({ length: width }, () => heights[8 * level] as Hash)),
  };
  for (const exponent of [31, 32, 33, 49, 52]) {
    const edge = await restoreTreeEdge(2 ** exponent - 1, tiles);
    edge.append(heights[0] as Hash);
    t.same(edge.root(), heights[exponent], `2^${exponent}`);
    edge.append(heights[0] as Hash);
    t.same(edge.root(), nodeHash(heights[exponent] as Hash, heights[0] as Hash), `2^${exponent} + 1`);
  }
  const full = await restoreTreeEdge(Number.MAX_SAFE_INTEGER, tiles);
  t.throws(() => full.append(heights[0] as Hash), { name: 'RangeError', message: 'the tree is full' });
});

t.test('what is no size, leaf or tile is refused', async (t) => {
  const tiles = memoryTiles(numberedEntries(5));
  for (const size of [-1, 1.5, 2 ** 53, Number.NaN]) {
    await t.rejects(restoreTreeEdge(size, tiles), { name: 'RangeError', message: `${size} is not the size of a tree` });
  }
  await t.rejects(restoreTreeEdge(6, tiles), { message: 'no tile 0/0 of width 6' });
  const short = { tile: async () => Buffer.alloc(31) };
  await t.rejects(restoreTreeEdge(1, short), { message: 'tile 0 of level 0 has 31 bytes instead of 32' });
  const long = { tile: async () => Buffer.alloc(64) };
  await t.rejects(restoreTreeEdge(1, long), { message: 'tile 0 of level 0 has 64 bytes instead of 32' });
  t.throws(() => createTreeEdge().append(Buffer.alloc(31)), { name: 'RangeError' });
});
