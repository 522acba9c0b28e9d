/** Changes about relatives at the same time: each waits for the other, and none is rolled back for the other's sake. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { countRows } from '../../support/count-rows.ts';
import { openPopulationDeliveries } from '../../support/population-deliveries.ts';
import { createSampleMessages, isMarried } from '../../support/sample-messages.ts';
import { runSql } from '../../support/state-fixture.ts';

t.setTimeout(120_000);

const { url, deliver } = await openPopulationDeliveries(t);
const people = createSampleMessages();

t.test('names of people who are named in each other’s rows are corrected side by side', async (t) => {
  const couples = Array.from({ length: 4 }, () => people.person(isMarried('female')));
  const names = [...couples, ...couples.map(({ spouse }) => spouse as { pin: string; fullName: string })];
  const rounds = 15;
  const correct = async (pin: string, fullName: string) => {
    for (let round = 0; round < rounds; round += 1) {
      const message = { pin, field: 'fullName', newValue: `${fullName} ${round}` };
      t.match(await deliver('take-over-correction.v1', message), { outcome: 'done' });
    }
  };
  await Promise.all(names.map(({ pin, fullName }) => correct(pin, fullName)));
  for (const { pin, fullName } of names) {
    const sql = 'SELECT count(*) FROM person WHERE spouse_pin = $1 AND spouse_name = $2';
    t.equal(await countRows(url, sql, [pin, `${fullName} ${rounds - 1}`]), 1);
  }
});

t.test('a death and a corrected name of the widowed, side by side', async (t) => {
  for (let round = 0; round < 12; round += 1) {
    const husband = people.person(isMarried('male'));
    const wife = husband.spouse as { pin: string; fullName: string };
    const death = people.death({ pin: husband.pin, fullName: husband.fullName });
    const correction = { pin: wife.pin, field: 'fullName', newValue: `${wife.fullName} An` };
    const ends = await Promise.all([deliver('close-person.v1', death), deliver('take-over-correction.v1', correction)]);
    t.match(ends, [{ outcome: 'done' }, { outcome: 'done' }]);
    const sql = "SELECT count(*) FROM person WHERE pin = $1 AND marital_status = 'widowed' AND full_name = $2";
    t.equal(await countRows(url, sql, [wife.pin, correction.newValue]), 1);
  }
});

t.test('nobody was rolled back for another’s sake', async (t) => {
  // Each backend tells of its own within a second.
  await sleep(1500);
  const sql = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';
  t.match(await runSql(url, sql), [{ deadlocks: '0' }]);
});
