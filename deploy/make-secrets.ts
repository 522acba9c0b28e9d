/** Makes the keys and passwords that the gateways of one deployment have in common: once, into a folder of their own. */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openKeys } from '../src/embedded/keys.ts';
import { makeCertificates } from './sample-certificates.ts';

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, 'secrets'));
// Fails where it is there: keys that are in use must not be replaced.
await mkdir(folder, { mode: 0o700 });
const keys = openKeys(folder);
await keys.signingKey('token-signing');
for (const name of ['pseudonym', 'evidence', 'delivery', 'cache']) await keys.secret(name);

const password = () => randomBytes(24).toString('base64url');
const [state, redis, population, social, judicial] = Array.from({ length: 5 }, password) as [
  string,
  string,
  string,
  string,
  string,
];
const write = (name: string, lines: readonly string[]) =>
  writeFile(path.join(folder, name), `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
await write('gateway.env', [
  `STATE_DATABASE_URL=postgres://lienthong:${state}@state:5432/lienthong`,
  'REDIS_URL=redis://redis:6379/0',
  `POPULATION_URL=postgres://gateway:${population}@population:5432/population`,
  `SOCIAL_AFFAIRS_URL=mysql://gateway:${social}@social-affairs:3306/social_affairs`,
  'JUDICIAL_URL=https://judicial:8443',
]);
await write('state.password', [state]);
await write('redis.password', [redis]);
await write('population.password', [population]);
await write('social-affairs.password', [social]);
// The sample of a REST register, and what lets a gateway in there.
const { server, client } = makeCertificates('judicial', 'judicial-gateway');
await write('judicial-books.password', [judicial]);
await write('judicial.json', [
  JSON.stringify({
    databaseUrl: `postgres://judicial:${judicial}@judicial-books:5432/judicial`,
    tls: server,
    client: 'judicial-gateway',
    behaviour: { mode: 'normal', latencyMs: 0 },
  }),
]);
for (const [name, pem] of [
  ['judicial-ca.pem', client.ca],
  ['judicial.pem', client.cert],
  ['judicial.key', client.key],
] as const)
  await write(name, [pem.trim()]);
// Containers read them as users of their own; on this machine the folder keeps others out.
for (const name of await readdir(folder)) await chmod(path.join(folder, name), 0o644);
console.log(`made ${folder}; keep a copy elsewhere: without these keys nobody is found in the logs`);
