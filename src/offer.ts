/** Works out, from the configuration alone, what this gateway offers to whom: nothing is opened, started or written. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type AgreementFault, checkAgreements } from './agreements/agreement.ts';
import { createCatalogue } from './catalogue/catalogue.ts';
import { readSchemaFolders, type SchemaStore } from './catalogue/schema-store.ts';
import { ConfigError, type ConfigFault, type Configuration, loadConfiguration } from './config.ts';
import type { Catalogue } from './exchange/ports.ts';
import { checkMembers } from './identity/check-members.ts';
import { createMemberDirectory, type MemberDirectory } from './identity/members.ts';
import { type LoadedAdapter, loadAdapter } from './load-adapters.ts';
import { createValidation, type Validation } from './validation/index.ts';

export interface Offer {
  readonly configuration: Configuration;
  readonly adapters: readonly LoadedAdapter[];
  readonly schemas: SchemaStore;
  readonly catalogue: Catalogue;
  readonly directory: MemberDirectory;
}

export interface OfferSources {
  readonly configFolder: string;
  readonly projectRoot: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws ConfigError with every fault that can be found without starting anything. */
export async function readOffer({ configFolder, projectRoot, env }: OfferSources): Promise<Offer> {
  const configuration = await loadConfiguration(configFolder, env);
  const { validation: limits } = configuration.gateway;
  const validation = createValidation({ samplePins: limits.samplePins, errorsMax: limits.violationsMax });
  const directory = faultIn('members.yaml', () => createMemberDirectory(configuration.members));
  const adapters = await loadAdapters(configuration, projectRoot);
  const schemas = await readSchemaFolders([
    path.join(projectRoot, 'schemas'),
    ...adapters.flatMap(({ schemaFolder }) => schemaFolder ?? []),
  ]);
  for (const [key, schema] of schemas) faultIn(key, () => validation.add(key, schema));
  const catalogue = faultIn('registries.yaml', () => makeCatalogue(adapters, schemas, directory, validation));
  const faults = [
    ...checkMembers(configuration.members).map(({ pointer, message }) => ({
      file: 'members.yaml',
      at: pointer,
      message,
    })),
    ...checkReferences(configuration, directory, catalogue),
    ...checkInstances(configuration, adapters),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  return { configuration, adapters, schemas, catalogue, directory };
}

async function loadAdapters(configuration: Configuration, projectRoot: string): Promise<LoadedAdapter[]> {
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
  if (faults.length > 0) throw new ConfigError(faults);
  return adapters;
}

function checkSource({ entry, definition }: LoadedAdapter): { pointer: string; message: string }[] {
  if (entry.source === 'embedded') {
    return definition.embedded === undefined ? [{ pointer: '', message: 'this adapter has no sample registry' }] : [];
  }
  const rules = createValidation({ samplePins: false, errorsMax: 100 });
  rules.add('settings', definition.settingsSchema);
  return [...rules.compile('settings')(entry.source)];
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

function checkReferences(
  configuration: Configuration,
  directory: MemberDirectory,
  catalogue: Catalogue,
): ConfigFault[] {
  const around = {
    isRegistered: (id: string) => directory.subsystem(id) !== undefined,
    versionsOf: (id: string) => catalogue.versionsOf(id),
  };
  const faults = checkAgreements(configuration.agreements, around);
  return faults.map(({ agreement, pointer, message }: AgreementFault) => ({
    file: configuration.fileOf(agreement),
    at: pointer,
    message,
  }));
}

function checkInstances(configuration: Configuration, adapters: readonly LoadedAdapter[]): ConfigFault[] {
  const prefix = `${configuration.gateway.instance}/`;
  const members = configuration.members.flatMap(({ id }, index) =>
    id.startsWith(prefix)
      ? []
      : [{ file: 'members.yaml', at: `/members/${index}/id`, message: `lies outside ${prefix}` }],
  );
  const known = new Set(configuration.members.map(({ id }) => id));
  const owners = adapters.flatMap(({ definition: { manifest } }, index) =>
    known.has(manifest.owner)
      ? []
      : [
          {
            file: 'registries.yaml',
            at: `/registries/${index}`,
            message: `${manifest.owner} is no member of members.yaml`,
          },
        ],
  );
  return [...members, ...owners];
}

function faultIn<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ConfigError([{ file, at: '/', message: (error as Error).message }]);
  }
}
