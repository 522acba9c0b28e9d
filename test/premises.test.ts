/** What a first start tells of itself: nobody is left to wonder what takes so long, or frightened by where something came up. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { SourceError } from '../src/adapter-kit/source-error.ts';
import { loadConfiguration } from '../src/config.ts';
import { troubleOf } from '../src/fault-level.ts';
import type { LoadedAdapter } from '../src/load-adapters.ts';
import type { Offer } from '../src/offer.ts';
import { openFoundation } from '../src/premises.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { projectRoot } from './support/gateway.ts';

const schemaFolder = path.join(projectRoot, 'config');
const configuration = await loadConfiguration(schemaFolder, schemaFolder, {});

/** A sample registry that is stood up at once. */
const adapter = (source: 'embedded' | object) =>
  ({
    entry: { adapter: 'population', source },
    definition: { manifest: { name: 'population' }, embedded: async () => ({}) },
  }) as unknown as LoadedAdapter;

t.test('the first start says once that sample data are prepared, and a later one does not', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-premises-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const told: string[] = [];
  const logger = Object.assign(createLogger({ level: 'silent' }, 'test'), {
    info: (_members: object, message: string) => void told.push(message),
  });
  const start = async (sources: readonly ('embedded' | object)[]) => {
    const offer = { configuration } as Offer;
    const foundation = await openFoundation({ offer, dataFolder: folder, logger, processes: 1 });
    for (const source of sources) await foundation.settingsOf(adapter(source));
    await foundation.close();
    return told.splice(0);
  };
  t.same(await start([{ url: 'postgres://register.example/population' }]), [], 'a register of one’s own');
  t.match(await start(['embedded', 'embedded']), [/^preparing sample data/]);
  await mkdir(path.join(folder, 'postgres'));
  t.same(await start(['embedded']), []);
});

t.test('a server that is away is told of without a stack, what is unexpected with one', async (t) => {
  const away = new SourceError('unavailable', 'state database: connection failed', new Error('ECONNREFUSED'));
  t.same(troubleOf(away), { trouble: 'state database: connection failed' });
  const failed = new SourceError('failed', 'state database: SQLSTATE 42601', new Error('syntax error'));
  t.same(troubleOf(failed), { error: failed });
  const bug = new TypeError('a bug');
  t.same(troubleOf(bug), { error: bug });
});
