/** A tree in a thread of its own is the same tree, and ends the log as surely when it fails. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Integrator } from '../../../src/exchange-log/integrator.ts';
import { openTree, type TreePlace } from '../../../src/exchange-log/open-tree.ts';
import { encodeBundle } from '../../../src/exchange-log/store/bundle.ts';
import { realDisk } from '../../../src/exchange-log/store/disk.ts';
import { layoutOf } from '../../../src/exchange-log/store/layout.ts';
import { createTileStore } from '../../../src/exchange-log/store/tile-store.ts';
import { rootAt } from '../../../src/exchange-log/tree/proof.ts';
import { makeLogFolder } from '../../support/log-fixture.ts';

t.setTimeout(120_000);

const places = ['own-thread', 'here'] as const satisfies readonly TreePlace[];
const entryOf = (index: number) => Buffer.from(`{"id":"entry-${index}"}`);
const entriesOf = (from: number, to: number) => Array.from({ length: to - from }, (_one, at) => entryOf(from + at));

interface OpenedTree {
  readonly folder: string;
  readonly tree: Integrator;
  readonly failures: unknown[];
}

type Head = Parameters<typeof openTree>[0]['head'];

async function open(
  t: Test,
  place: TreePlace,
  { head, folder, backlogEntriesMax = 20_000 }: { head?: Head; folder?: string; backlogEntriesMax?: number } = {},
): Promise<OpenedTree> {
  const where = folder ?? (await makeLogFolder(t));
  await mkdir(path.join(where, 'unfinished'), { recursive: true });
  const failures: unknown[] = [];
  const layout = layoutOf(where);
  const store = createTileStore(realDisk, layout);
  const failed = (error: unknown) => void failures.push(error);
  const tree = await openTree({ place, layout, store, head, backlogEntriesMax, failed });
  t.teardown(() => tree.close());
  return { folder: where, tree, failures };
}

t.test('entries, tiles, root and partial files are the same in both places', async (t) => {
  const count = 70_000;
  const found = [];
  for (const place of places) {
    const { tree, failures } = await open(t, place);
    let calls = 0;
    tree.onGrown(() => (calls += 1));
    for (let from = 0; from < count; from += 100) tree.add(entriesOf(from, from + 100));
    await tree.caughtUp();
    t.ok(calls > 0, `${place}: it says that it grew`);
    t.equal(tree.size, count);
    const state = await tree.state();
    t.equal(state.size, count);
    t.ok((await rootAt(tree, count)).equals(state.root), `${place}: the root is that of the tiles`);
    const read = [];
    for (const index of [0, 255, 256, 69_887, 69_888, count - 1]) {
      t.ok((await tree.entry(index)).equals(entryOf(index)), `${place}: entry ${index}`);
      read.push((await tree.entries(index, 300)).map(String));
    }
    t.strictSame(failures, []);
    found.push({
      root: state.root.toString('hex'),
      partials: state.partials.map((file) => ({ ...file, content: Buffer.from(file.content).toString('hex') })),
      earlier: (await rootAt(tree, 65_537)).toString('hex'),
      read,
    });
  }
  t.strictSame(found[0], found[1]);
});

t.test('what was just handed over is there for whoever asks next', async (t) => {
  const { tree } = await open(t, 'own-thread');
  for (let index = 0; index < 600; index += 7) {
    tree.add(entriesOf(index, index + 7));
    if (index % 5 > 0) continue;
    const [state, entry] = await Promise.all([tree.state(), tree.entry(index + 6)]);
    t.equal(state.size, index + 7);
    t.ok(entry.equals(entryOf(index + 6)));
  }
  await t.rejects(tree.entry(tree.size), { code: 'ENOENT' });
});

t.test('memory of a commit may be used again at once', async (t) => {
  const { tree } = await open(t, 'own-thread');
  const memory = encodeBundle(entriesOf(0, 3));
  let taken = false;
  tree.add([memory.subarray(2, 18), memory.subarray(20, 36)], () => {
    taken = true;
  });
  t.ok(taken);
  memory.fill(0);
  t.equal((await tree.entry(0)).toString(), entryOf(0).toString());
});

t.test('it goes on from what the files hold', async (t) => {
  const { tree, folder } = await open(t, 'own-thread');
  tree.add(entriesOf(0, 300));
  const { size, root, partials } = await tree.state();
  const store = createTileStore(realDisk, layoutOf(folder));
  for (const file of partials) await store.write(file);
  await tree.close();

  const again = await open(t, 'own-thread', { folder, head: { size, root } });
  t.equal(again.tree.size, 300);
  t.equal((await again.tree.entry(299)).toString(), entryOf(299).toString());
  again.tree.add(entriesOf(300, 301));
  const whole = await open(t, 'here');
  whole.tree.add(entriesOf(0, 301));
  await whole.tree.caughtUp();
  t.ok((await again.tree.state()).root.equals((await whole.tree.state()).root));
  await again.tree.close();

  await rm(path.join(folder, 'tile', '0'), { recursive: true });
  const refused = open(t, 'own-thread', { folder, head: { size, root } });
  await t.rejects(refused, { name: 'LogDamage', message: /tile\/0\/001\.p\/44: the file is missing/ });
});

t.test('it takes no more than so many on their way', async (t) => {
  const { tree } = await open(t, 'own-thread', { backlogEntriesMax: 1000 });
  t.equal(tree.room(), undefined);
  for (let from = 0; from < 20_000; from += 100) tree.add(entriesOf(from, from + 100));
  const room = tree.room();
  t.type(room, Promise, 'there is no room');
  while (tree.room() !== undefined) await tree.room();
  t.equal((await tree.state()).size, 20_000);
});

t.test('a file that cannot be written ends it, once, and whoever asks is told', async (t) => {
  const { tree, folder, failures } = await open(t, 'own-thread');
  await writeFile(path.join(folder, 'tile'), 'a file where a folder is to be');
  tree.add(entriesOf(0, 300));
  await t.rejects(tree.state(), { code: 'ENOTDIR' });
  while (failures.length === 0) await sleep(5);
  await t.rejects(tree.state(), { code: 'ENOTDIR' });
  await t.rejects(tree.entry(0), { code: 'ENOTDIR' });
  t.equal(tree.room(), undefined, 'nobody waits for room that never comes');
  await tree.caughtUp();
  t.equal(failures.length, 1);
  await tree.close();
});
