/** Works out, from the configuration alone, what this gateway offers to whom: nothing is opened, started or written. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createCatalogue } from './catalogue/catalogue.ts';
import { readSchemaFolders, type SchemaStore } from './catalogue/schema-store.ts';
import { type Configuration, loadConfiguration } from './config.ts';
import { ConfigError, type ConfigFault, type ConfigTexts } from './config-reader.ts';
import type { Catalogue } from './exchange/ports.ts';
import type { AuditorKey } from './exchange-log/evidence/auditor-keys.ts';
import type { Authorities } from './exchange-log/timestamps/authorities.ts';
import { checkWitnesses } from './exchange-log/witness/peers.ts';
import { checkMembers } from './identity/check-members.ts';
import { createMemberDirectory, type MemberDirectory } from './identity/members.ts';
import { readTrustedKeys, type TrustedKey } from './identity/trusted-keys.ts';
import { limitFaults } from './limit-faults.ts';
import { type LoadedAdapter, loadAdapter } from './load-adapters.ts';
import { checkInstances, checkReferences, warningsOf } from './offer-faults.ts';
import { checkSealedServices, readAuditorKeys } from './sealed-services.ts';
import { callsMaxOf, capacityNotes } from './source-capacity.ts';
import { readTimestampAuthorities } from './timestamp-authorities.ts';
import { createValidation, type Validation } from './validation/index.ts';
import { readReceivers } from './webhook-receivers.ts';
import type { Receiver } from './webhooks/settings.ts';
import { workerFaults } from './worker-limits.ts';

export interface Offer {
  readonly configuration: Configuration;
  readonly adapters: readonly LoadedAdapter[];
  readonly schemas: SchemaStore;
  readonly catalogue: Catalogue;
  readonly directory: MemberDirectory;
  /** Public keys of further token issuers. */
  readonly trustedKeys: readonly TrustedKey[];
  /** Public keys of those who can open sealed evidence. */
  readonly auditors: readonly AuditorKey[];
  /** Whose timestamps of the log are believed; none where no timestamps are configured. */
  readonly timestampAuthorities: Authorities;
  /** Who is sent webhooks. */
  readonly receivers: readonly Receiver[];
  readonly warnings: readonly ConfigFault[];
  /** What is meant, and good to know: where a source bounds what its registry is asked at once. */
  readonly notes: readonly ConfigFault[];
}

export interface OfferSources {
  readonly configFolder: string;
  readonly projectRoot: string;
  readonly env: NodeJS.ProcessEnv;
  /** Stand for what the files of the folder hold now. */
  readonly texts?: ConfigTexts;
}

/**
 * Throws ConfigError with every fault that can be found without starting anything: first those of the files' form, then,
 * once each file can be read, those of what they refer to.
 */
export async function readOffer({ configFolder, projectRoot, env, texts }: OfferSources): Promise<Offer> {
  const configuration = await loadConfiguration(configFolder, path.join(projectRoot, 'config'), env, texts);
  const { validation: limits } = configuration.gateway;
  const validation = createValidation({ samplePins: limits.samplePins, errorsMax: limits.violationsMax });
  const { adapters, faults: adapterFaults } = await loadAdapters(configuration, projectRoot);
  const { trustedKeys, faults: keyFaults } = await loadTrustedKeys(configuration);
  const { auditors, faults: auditorFaults } = await readAuditorKeys(configuration);
  const { timestampAuthorities, faults: authorityFaults } = await readTimestampAuthorities(configuration);
  const { receivers, faults: receiverFaults } = await readReceivers(configuration);
  const memberFaults = checkMembers(configuration.members).map(({ pointer, message }) => ({
    file: 'members.yaml',
    at: pointer,
    message,
  }));
  const early = [
    ...memberFaults,
    ...adapterFaults,
    ...keyFaults,
    ...auditorFaults,
    ...witnessFaults(configuration),
    ...authorityFaults,
    ...receiverFaults,
    ...limitFaults(configuration.gateway),
  ];
  const directory = faultIn('members.yaml', early, () => createMemberDirectory(configuration.members));
  if (adapterFaults.length > 0) throw new ConfigError(early);
  const schemas = await readSchemaFolders([
    path.join(projectRoot, 'schemas'),
    ...adapters.flatMap(({ schemaFolder }) => schemaFolder ?? []),
  ]);
  for (const [key, schema] of schemas) faultIn(key, early, () => validation.add(key, schema));
  const catalogue = faultIn('registries.yaml', early, () => makeCatalogue(adapters, schemas, directory, validation));
  const faults = [
    ...early,
    ...checkInstances(configuration, adapters),
    ...checkReferences(configuration, directory, catalogue),
    ...checkSealedServices(configuration, catalogue),
    ...workerFaults({ configuration, adapters }, configuration.gateway.workers.count),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  const warnings = warningsOf(configuration, catalogue, directory);
  return {
    configuration,
    adapters,
    schemas,
    catalogue,
    directory,
    trustedKeys,
    auditors,
    timestampAuthorities,
    receivers,
    warnings,
    notes: capacityNotes(adapters),
  };
}

function witnessFaults({ gateway }: Configuration): ConfigFault[] {
  const { witnesses } = gateway.exchangeLog;
  const faults = witnesses === undefined ? [] : checkWitnesses(witnesses);
  return faults.map(({ pointer, message }) => {
    return { file: 'gateway.yaml', at: `/exchangeLog/witnesses${pointer}`, message };
  });
}

async function loadTrustedKeys(
  configuration: Configuration,
): Promise<{ trustedKeys: readonly TrustedKey[]; faults: ConfigFault[] }> {
  const file = configuration.gateway.identity.trustedKeysFile;
  if (file === undefined) return { trustedKeys: [], faults: [] };
  try {
    return { trustedKeys: await readTrustedKeys(path.resolve(configuration.folder, file)), faults: [] };
  } catch (error) {
    const fault = { file: 'gateway.yaml', at: '/identity/trustedKeysFile', message: (error as Error).message };
    return { trustedKeys: [], faults: [fault] };
  }
}

async function loadAdapters(
  configuration: Configuration,
  projectRoot: string,
): Promise<{ adapters: LoadedAdapter[]; faults: ConfigFault[] }> {
  const manifestRules = createValidation({ samplePins: false, errorsMax: 100 });
  const manifestSchema = path.join(projectRoot, 'adapters/manifest.schema.json');
  manifestRules.add('manifest', JSON.parse(await readFile(manifestSchema, 'utf8')));
  const faults: ConfigFault[] = [];
  const adapters: LoadedAdapter[] = [];
  for (const [index, entry] of configuration.registries.entries()) {
    const at = `/registries/${index}`;
    const fault = (pointer: string, message: string) => faults.push({ file: 'registries.yaml', at: pointer, message });
    try {
      const adapter = await loadAdapter(entry, configuration.folder);
      adapters.push(adapter);
      const wrong = manifestRules.compile('manifest')(adapter.definition.manifest);
      for (const { pointer, message } of wrong) fault(`${at}/adapter`, `manifest.json ${pointer}: ${message}`);
      for (const { pointer, message } of checkSource(adapter)) fault(`${at}/source${pointer}`, message);
    } catch (error) {
      fault(`${at}/adapter`, (error as Error).message);
    }
  }
  return { adapters, faults };
}

/** Throws Error where the adapter is at fault. */
function checkSource({ entry, definition }: LoadedAdapter): { pointer: string; message: string }[] {
  if (entry.source === 'embedded') {
    return definition.embedded === undefined ? [{ pointer: '', message: 'this adapter has no sample registry' }] : [];
  }
  const rules = createValidation({ samplePins: false, errorsMax: 100 });
  rules.add('settings', definition.settingsSchema);
  const violations = [...rules.compile('settings')(entry.source)];
  if (violations.length === 0) callsMaxOf(definition, entry.source);
  return violations;
}

function makeCatalogue(
  adapters: readonly LoadedAdapter[],
  schemas: SchemaStore,
  directory: MemberDirectory,
  validation: Validation,
): Catalogue {
  return createCatalogue(
    adapters.map(({ definition }) => definition.manifest),
    {
      schemas,
      compile: (key) => validation.compile(key),
      subsystems: directory.subsystemIds(),
      canonical: directory.canonical,
    },
  );
}

/** What cannot be made ends the check; it is told together with the faults found before. */
function faultIn<T>(file: string, before: readonly ConfigFault[], make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ConfigError([...before, { file, at: '/', message: (error as Error).message }]);
  }
}
