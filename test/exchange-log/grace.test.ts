import t from 'tap';
import { createGrace } from '../../src/exchange-log/grace.ts';

function start() {
  const clock = { ms: 0 };
  return { clock, grace: createGrace(100, () => clock.ms) };
}

t.test('the grace runs from the oldest entry that no sufficient checkpoint covers', async (t) => {
  const { clock, grace } = start();
  clock.ms = 1000;
  t.equal(grace.isOver, false, 'nothing waits');
  grace.grown();
  clock.ms = 1060;
  grace.grown();
  clock.ms = 1100;
  t.equal(grace.isOver, false);
  clock.ms = 1101;
  t.equal(grace.isOver, true);
});

t.test('what comes in while the tree is shown waits from then on, not from before', async (t) => {
  const { clock, grace } = start();
  grace.grown();
  clock.ms = 50;
  grace.taken();
  clock.ms = 90;
  grace.grown();
  clock.ms = 95;
  grace.covered();
  clock.ms = 190;
  t.equal(grace.isOver, false, 'the first entry is covered');
  clock.ms = 191;
  t.equal(grace.isOver, true, 'the second one is not');
});

t.test('a sufficient checkpoint of all ends it, at any time', async (t) => {
  const { clock, grace } = start();
  grace.grown();
  grace.taken();
  clock.ms = 5000;
  t.equal(grace.isOver, true);
  grace.taken();
  t.equal(grace.isOver, true, 'showing alone is not enough');
  grace.covered();
  t.equal(grace.isOver, false);
  clock.ms = 9000;
  t.equal(grace.isOver, false);
});
