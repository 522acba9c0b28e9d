import t from 'tap';
import { emptyRoot, leafHash, nodeHash } from '../../../src/exchange-log/tree/hash.ts';
import { eightEntries, eightRoots, naiveRoot } from './reference-tree.ts';

t.test('leaves, nodes and the empty tree hash as RFC 6962 has it', async (t) => {
  const [first, second] = eightEntries as [Buffer, Buffer];
  t.equal(emptyRoot.toString('hex'), eightRoots[0]);
  t.equal(leafHash(first).toString('hex'), eightRoots[1]);
  t.equal(nodeHash(leafHash(first), leafHash(second)).toString('hex'), eightRoots[2]);
  for (const bytes of [1, 63, 64, 65, 1024, 65_535]) {
    const entry = Buffer.alloc(bytes, 0xa5);
    t.same(leafHash(entry), naiveRoot([entry]), `an entry of ${bytes} bytes`);
  }
});

t.test('hashes made later leave earlier ones as they were', async (t) => {
  const kept = leafHash(Buffer.from('kept'));
  const before = Buffer.from(kept);
  for (let i = 0; i < 1000; i++) nodeHash(leafHash(Buffer.from(`${i}`)), kept);
  t.same(kept, before);
});
