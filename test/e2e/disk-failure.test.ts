/** The system refuses the disk under a running gateway: it answers nobody any more, says which file and why, ends by itself, and a restart finds all that was answered. */

import { once } from 'node:events';
import path from 'node:path';
import t from 'tap';
import { ask, createPlace, entriesOf, serve } from '../support/gateway-process.ts';
import { straceCommand, straceEnvironment } from '../support/strace.ts';
import { troubledSetup } from '../support/troubled.ts';

t.setTimeout(120_000);

for (const [what, calls, fault, when, cause] of [
  // Which is a failed sync, too: each write into the segment ends with one.
  ['a write fails', 'pwrite64', 'error=EIO', '4', /EIO: i\/o error, write/],
  ['the disk is full', 'pwrite64', 'error=ENOSPC', '4+', /ENOSPC: no space left on device, write/],
] as const) {
  t.test(what, async (t) => {
    const place = await createPlace(t, { ...troubledSetup, settings: { shutdown: { failedMs: 4_000 } } });
    const file = path.join(place.log, 'segments/0000000000000000.seg');
    const injection = { calls, fault, when, file };
    const { child, lines } = await serve(t, place, (rest) => straceCommand(injection, rest), straceEnvironment);

    const exit = once(child, 'exit');
    const answered: (string | null)[] = [];
    let refused = await ask(place, {});
    for (; refused.ok; refused = await ask(place, {})) answered.push(refused.headers.get('exchange-id'));
    t.ok(answered.length > 0, `${answered.length} exchanges were answered before`);
    for (const response of [refused, await ask(place, {}), await ask(place, { pin: 'malformed' })]) {
      t.equal(response.status, 503);
      t.match(await response.json(), { code: 'log-unavailable', status: 503 });
    }
    const ready = await fetch(`${place.url}/health/ready`);
    t.equal(ready.status, 503);
    t.match(await ready.json(), { status: 'unready' });
    const told = lines.filter((line) => line.includes('the exchange log cannot be written'));
    t.equal(told.length, 1, 'it is told once');
    t.match(JSON.parse(told[0] ?? '{}').error.message, cause);
    t.match(told[0], file);

    t.same(await exit, [74, null], 'it ends by itself, to be started again');
    t.match(lines.join('\n'), /"nothing can be recorded any more: the process ends/);
    await serve(t, place);
    const next = await ask(place, {});
    t.equal(next.status, 200, 'after a restart it goes on');
    const ids = (await entriesOf(place)).map(({ id }) => id);
    t.same(ids.slice(0, answered.length), answered, 'all that was answered is there, in its place');
    t.equal(ids.at(-1), next.headers.get('exchange-id'));
  });
}
