/** The gateway itself, composed as `lienthong serve` does it, on a copy of the shipped configuration with its limits raised. */

import path from 'node:path';
import { composeGateway, type Recording } from '../../src/compose.ts';
import { readOffer } from '../../src/offer.ts';
import { findProjectRoot } from '../../src/project-root.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { copyConfiguration } from '../configuration.ts';
import { listenOn, serve } from './serve.ts';

serve(async ({ folder, databaseUrl, databaseConnections, client, parameters }) => {
  const projectRoot = findProjectRoot();
  const configFolder = path.join(folder, 'config');
  await copyConfiguration(path.join(projectRoot, 'config'), configFolder, {
    cacheEntriesMax: parameters.cacheEntriesMax as number,
    databaseConnections,
    service: 'VN/GOV/G01/population/get-person',
  });
  const offer = await readOffer({ configFolder, projectRoot, env: { ...process.env, POPULATION_URL: databaseUrl } });
  const gateway = await composeGateway({
    offer,
    dataFolder: path.join(folder, 'data'),
    version: '0.0.0',
    logger: createLogger({ level: 'warn' }, 'bench'),
    ...(parameters.isRecording ? {} : { replaceRecording: () => nothingRecorded() }),
  });
  return {
    opened: {
      url: await gateway.listen(listenOn.host, listenOn.port),
      token: await gateway.issueToken({ id: client, role: 'client', lifetimeSeconds: 86_400 }),
    },
    close: () => gateway.close(),
  };
});

/** Acknowledges at once and makes nothing of what an entry is made of: what is left is the gateway without its record step. */
function nothingRecorded(): Recording {
  let index = 0;
  const nothing = () => '';
  return {
    log: { refusal: () => undefined, record: async () => ({ index: index++ }) },
    pseudonyms: {
      ...{ person: nothing, official: nothing, text: nothing, digest: nothing },
      ...{ personEver: () => [], officialEver: () => [], textEver: () => [] },
    },
  };
}
