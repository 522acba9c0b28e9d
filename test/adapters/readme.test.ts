/** What adapters/README.md tells to paste into the shipped configuration is in order, and is told as the page says. */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { describeOffer } from '../../src/cli/check.ts';
import { readOffer } from '../../src/offer.ts';
import { projectRoot } from '../support/gateway.ts';

/** What stands in a code block, by the file named at the head of the line above it. */
function blocksOf(page: string): ReadonlyMap<string, string> {
  const blocks = page.matchAll(/^`([^`\n]+)`[^\n]*\n\n```\w+\n(.*?)^```$/gms);
  return new Map([...blocks].map(([, file = '', text = '']) => [file, text]));
}

const indented = (text: string, by: string) => text.replace(/^(?=.)/gm, by);

t.test('a registry added by the page is in order and offered', async (t) => {
  const page = await readFile(path.join(projectRoot, 'adapters/README.md'), 'utf8');
  const blocks = blocksOf(page);
  const block = (file: string) => {
    const text = blocks.get(file);
    if (text === undefined) throw new Error(`${file} is not on the page`);
    return text;
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-vehicles-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'config');
  await cp(path.join(projectRoot, 'config'), config, { recursive: true });
  const inRegistry = [
    ...['get-vehicles.v1.request.json', 'get-vehicles.v1.response.json'].map(
      (name) => `schemas/vehicle-registration/${name}`,
    ),
    ...['manifest.json', 'get-vehicles.sql', 'adapter.ts', 'schema.sql'],
  ];
  for (const name of inRegistry) {
    const file = path.join(folder, 'registries/vehicles', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, block(name));
  }

  const [, entry = ''] = /`registries\.yaml`:.*?```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const registries = path.join(config, 'registries.yaml');
  await writeFile(registries, `${await readFile(registries, 'utf8')}${indented(entry, '  ')}`);
  const members = path.join(config, 'members.yaml');
  const before = /^(?= {6}- code: population$)/m;
  const pasted = (await readFile(members, 'utf8')).replace(before, () => indented(block('members.yaml'), '      '));
  await writeFile(members, pasted);
  await writeFile(path.join(config, 'agreements/g12-get-vehicles.yaml'), block('agreements/g12-get-vehicles.yaml'));

  const told = describeOffer(await readOffer({ configFolder: config, projectRoot, env: {} })).split('\n');
  const [, shown = ''] = /^\$ npm run -s lienthong -- check\n(.*?)^```$/ms.exec(page) ?? [];
  const lines = shown.split('\n').filter((line) => line !== '' && line !== '…');
  t.equal(lines.length, 2);
  for (const line of lines)
    t.ok(
      told.some((one) => one.startsWith(line.replace(/…$/, ''))),
      line,
    );
  t.notMatch(told.join('\n'), /warning: .*vehicle/);
});
