import t from 'tap';
import {
  levelWidth,
  parseTilePath,
  partialTiles,
  type TileLevel,
  tilePath,
} from '../../../src/exchange-log/tree/tile-path.ts';

/** The first three are C2SP's own. */
const known: [path: string, level: TileLevel, index: number, width: number][] = [
  ['tile/0/x001/x234/067', 0, 1_234_067, 256],
  ['tile/entries/x001/x234/067.p/8', 'entries', 1_234_067, 8],
  ['tile/0/273.p/112', 0, 273, 112],
  ['tile/0/000', 0, 0, 256],
  ['tile/0/000.p/1', 0, 0, 1],
  ['tile/1/999.p/255', 1, 999, 255],
  ['tile/2/x001/000', 2, 1000, 256],
  ['tile/63/x123/x456/789', 63, 123_456_789, 256],
  ['tile/entries/x009/x007/x199/x254/x740/991', 'entries', Number.MAX_SAFE_INTEGER, 256],
];

t.test('tiles have the paths of the specification, and paths are read back', async (t) => {
  for (const [path, level, index, width] of known) {
    t.equal(tilePath(level, index, width), path);
    t.strictSame(parseTilePath(path), { level, index, width });
  }
});

t.test('paths come back for indexes of every length', async (t) => {
  for (let index = 1; index < Number.MAX_SAFE_INTEGER; index = index * 3 + 7) {
    t.strictSame(parseTilePath(tilePath(3, index, 17)), { level: 3, index, width: 17 });
  }
});

t.test('a path in any other form is none', async (t) => {
  const none = [
    '',
    'checkpoint',
    '/tile/0/000',
    'tile/0/000/',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/067',
    'tile/0/x001/x067',
    'tile/0/X001/067',
    'tile/0/x001',
    'tile/0/000.p',
    'tile/0/000.p/',
    'tile/0/000.p/0',
    'tile/0/000.p/05',
    'tile/0/000.p/256',
    'tile/0/000.p/999',
    'tile/0/000.p/5/',
    'tile/0/000.p/5\n',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/../checkpoint',
    'tile/0/٠٠٠',
  ];
  for (const path of none) t.equal(parseTilePath(path), undefined, JSON.stringify(path));
});

t.test('what is no tile has no path', async (t) => {
  const wrong: [TileLevel, number, number][] = [
    [-1, 0, 256],
    [64, 0, 256],
    [0.5, 0, 256],
    [0, -1, 256],
    [0, 1.5, 256],
    [0, 2 ** 53, 256],
    [0, 0, 0],
    [0, 0, 257],
    [0, 0, 1.5],
    ['entries', 0, 0],
  ];
  for (const [level, index, width] of wrong) {
    t.throws(() => tilePath(level, index, width), { name: 'RangeError' }, `${level} ${index} ${width}`);
  }
});

t.test('a tree of 70,000 entries has the partial tiles that the specification counts', async (t) => {
  t.strictSame(partialTiles(70_000), [
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ]);
  t.strictSame([levelWidth(70_000, 0), levelWidth(70_000, 1), levelWidth(70_000, 2)], [70_000, 273, 1]);
  t.strictSame(partialTiles(256), [{ level: 1, index: 0, width: 1 }]);
  t.strictSame(partialTiles(0), []);
});
