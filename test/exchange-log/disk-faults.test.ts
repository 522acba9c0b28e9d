/** The system refuses a write or a sync of a real process: from then on nothing is acknowledged, nothing is tried again, and a restart finds what was. */

import t, { type Test } from 'tap';
import { demandKept } from '../support/kept-log.ts';
import { makeLogFolder } from '../support/log-fixture.ts';
import { type Recorded, startRecorder } from '../support/recorder.ts';

t.setTimeout(300_000);

const counts = [1, 100, 160, 1, 100];

interface Fault {
  readonly calls: string;
  readonly error: 'EIO' | 'ENOSPC';
  /** Calls at which it is tried; with `+` it does not pass. */
  readonly when: readonly string[];
}

const faults: readonly Fault[] = [
  { calls: 'fdatasync', error: 'EIO', when: ['1', '2', '3', '4'] },
  { calls: 'fsync', error: 'EIO', when: ['1', '4', '9', '16', '25'] },
  { calls: 'pwrite64', error: 'EIO', when: ['1', '2', '3', '5', '7', '10', '14', '19', '25', '30'] },
  { calls: 'fdatasync', error: 'ENOSPC', when: ['2+'] },
  { calls: 'pwrite64', error: 'ENOSPC', when: ['1+', '4+', '5+', '8+', '13+', '20+', '28+'] },
  { calls: '?rename,?renameat,?renameat2', error: 'EIO', when: ['2', '6', '12'] },
  { calls: '?mkdir,mkdirat', error: 'ENOSPC', when: ['9+', '12+'] },
];

/** The second is what SQLite makes of it, in the file of the subjects' numbers. */
const causes = { EIO: /EIO|disk I\/O error/, ENOSPC: /ENOSPC|disk I\/O error|disk is full/ };

for (const { calls, error, when } of faults) {
  t.test(`${error} from ${calls}`, async (t) => {
    for (const place of when) await demandRefusal(t, calls, error, place);
  });
}

async function demandRefusal(t: Test, calls: string, error: Fault['error'], when: string): Promise<void> {
  const folder = await makeLogFolder(t);
  const injection = { calls, traced: 'fdatasync,fsync', fault: `error=${error}`, when };
  const recorded = await startRecorder(t, { folder, counts }, injection).ended;
  const name = `${error} from ${calls} ${when}`;
  t.equal(recorded.failures.length, 1, `${name}: it is told once`);
  const [told = ''] = recorded.failures;
  t.ok(told.includes(folder) && causes[error].test(told), `${name}: file and cause are named: ${told}`);
  t.same(syncsAfterFault(recorded), [], `${name}: nothing in that file is synced any more`);
  await demandKept(t, folder, recorded, name);
}

/** Of the file that failed; SQLite's can be made anew and are none of the log's promises. */
function syncsAfterFault({ trace }: Recorded): string[] {
  const first = trace.findIndex((line) => line.includes('(INJECTED)'));
  const file = /\(\d+(<[^>]+>)/.exec(trace[first] ?? '')?.[1];
  if (file?.includes('subjects.db')) return [];
  return trace.slice(first + 1).filter((line) => file !== undefined && line.includes('sync(') && line.includes(file));
}
