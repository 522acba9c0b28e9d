/** The gateway as `lienthong serve` composes it, on a copy of the shipped configuration with its limits raised. */

import path from 'node:path';
import { composeGateway } from '../../src/compose.ts';
import type { Gateway, Recording } from '../../src/gateway.ts';
import { readOffer } from '../../src/offer.ts';
import { findProjectRoot } from '../../src/project-root.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { type ConfigurationChanges, copyConfiguration } from '../configuration.ts';
import { type Grown, growAgreements, writeGrownAdapters } from '../grown.ts';
import type { OpenRequest } from './serve.ts';

export interface GatewayParameters extends Omit<ConfigurationChanges, 'databaseConnections' | 'adapterFolders'> {
  readonly isRecording: boolean;
  /** Absent: as shipped. */
  readonly grown?: Grown | undefined;
}

export type GatewayRequest = Pick<OpenRequest, 'folder' | 'databaseUrl' | 'databaseConnections'> & {
  readonly parameters: GatewayParameters;
};

export async function openGateway(request: GatewayRequest): Promise<Gateway> {
  const { folder, databaseUrl, databaseConnections, parameters } = request;
  const { isRecording, grown = {}, ...changes } = parameters;
  const projectRoot = findProjectRoot();
  const configFolder = path.join(folder, 'config');
  const adapterFolders = await writeGrownAdapters(folder, grown.services ?? 0);
  await copyConfiguration(path.join(projectRoot, 'config'), configFolder, {
    ...changes,
    databaseConnections,
    adapterFolders,
  });
  const read = await readOffer({ configFolder, projectRoot, env: { ...process.env, POPULATION_URL: databaseUrl } });
  return composeGateway({
    offer: grown.agreements === undefined ? read : growAgreements(read, grown.agreements),
    dataFolder: path.join(folder, 'data'),
    version: '0.0.0',
    // A registry or a state database that is to be away is no news.
    logger: createLogger({ level: 'error' }, 'bench'),
    ...(isRecording ? {} : { replaceRecording: () => nothingRecorded() }),
  });
}

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
