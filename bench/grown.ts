/** Lets what a gateway knows grow a thousandfold: services as an adapter beside the shipped ones, agreements and members as if they had been read. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import manifest from '../adapters/population/manifest.json' with { type: 'json' };
import type { CallAgreement } from '../src/agreements/agreement.ts';
import { createMemberDirectory, type Member } from '../src/identity/members.ts';
import type { Offer } from '../src/offer.ts';
import { findProjectRoot } from '../src/project-root.ts';

export interface Grown {
  /** Of all registries together. */
  readonly services?: number;
  /** Each of a system of its own. */
  readonly agreements?: number;
}

const copied = { subsystem: 'population', code: 'get-person', version: 'v1' } as const;
const schemaKinds = ['request', 'response'] as const;

/** Most that manifest.schema.json allows. */
const servicesMax = 64;

/** Adapters' folders with so many copies of `get-person`, each under a name and with schemas of its own. */
export async function writeGrownAdapters(folder: string, services: number): Promise<string[]> {
  const codes = Array.from({ length: services }, (_one, at) => `${copied.code}-${at}`);
  const folders: string[] = [];
  for (let first = 0; first < services; first += servicesMax) {
    const adapter = path.join(folder, `grown-${first}`);
    folders.push(adapter);
    await writeAdapter(adapter, codes.slice(first, first + servicesMax));
  }
  return folders;
}

async function writeAdapter(folder: string, codes: readonly string[]): Promise<void> {
  const schemas = path.join(folder, 'schemas', copied.subsystem);
  await mkdir(schemas, { recursive: true });
  for (const kind of schemaKinds) {
    const name = (code: string) => `${code}.${copied.version}.${kind}.json`;
    const text = await readFile(path.join(findProjectRoot(), 'schemas', copied.subsystem, name(copied.code)), 'utf8');
    for (const code of codes) await writeFile(path.join(schemas, name(code)), text);
  }
  const model = manifest.services.find(({ code }) => code === copied.code);
  const services = codes.map((code) => ({ ...model, code }));
  const { title, owner, concurrencyMax } = manifest;
  const definition = { name: path.basename(folder), title, owner, concurrencyMax, services };
  await writeFile(
    path.join(folder, 'adapter.js'),
    `import { defineAdapter } from 'lienthong/adapter-kit';
const unused = async () => ({ found: false });
export default defineAdapter({
  manifest: ${JSON.stringify(definition)},
  settingsSchema: { type: 'object' },
  open: async () => ({
    services: Object.fromEntries(${JSON.stringify(codes)}.map((code) => [code + '.${copied.version}', unused])),
    check: async () => undefined,
    close: async () => undefined,
  }),
});
`,
  );
}

const systemsOfMember = 10;

/** As many agreements as wanted, those that are there included; the rest are of further systems of further members. */
export function growAgreements(offer: Offer, wanted: number): Offer {
  const { configuration } = offer;
  const [model] = configuration.agreements.filter(({ event }) => event === undefined) as CallAgreement[];
  if (model === undefined) throw new Error('there is no agreement to copy');
  const further = Array.from({ length: wanted - configuration.agreements.length }, (_one, at) => at);
  const memberOf = (at: number) => `VN/GOV/X${Math.floor(at / systemsOfMember)}`;
  const codeOf = (at: number) => `system-${at % systemsOfMember}`;
  const agreements = further.map((at) => ({ ...model, id: `GROWN-${at}`, consumer: `${memberOf(at)}/${codeOf(at)}` }));
  const members = [...Map.groupBy(further, memberOf)].map(([id, systems]): Member => {
    const name = { en: id, vi: id };
    const subsystems = systems.map((at) => ({ code: codeOf(at), name, safetyLevel: 3, safetyDecision: '1/QĐ-ATTT' }));
    return { id, name, subsystems };
  });
  const all = [...configuration.members, ...members];
  return {
    ...offer,
    configuration: { ...configuration, agreements: [...configuration.agreements, ...agreements], members: all },
    directory: createMemberDirectory(all),
  };
}
