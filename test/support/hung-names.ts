/** Processes whose name server never answers, and whose hosts file has some names. Needs root, and to be allowed a mount namespace. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Teardown } from './servers.ts';

export interface HungNames {
  /** The command line that runs another one among these names. */
  command(line: readonly string[]): readonly string[];
  /** Questions that the name server has heard, about whatever name. */
  heard(): number;
}

/** Of the loopback network, so that the machine's own name server may be on another one. */
const nameServer = '127.53.0.53';

export async function hangNames(t: Teardown, hosts: readonly string[]): Promise<HungNames> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-names-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const files = {
    'resolv.conf': `nameserver ${nameServer}\n`,
    hosts: `127.0.0.1 localhost ${hosts.join(' ')}\n`,
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const mounts = Object.keys(files).map((name) => `mount --bind "$0/${name}" /etc/${name} && `);

  const server = createSocket('udp4');
  let heard = 0;
  server.on('message', () => {
    heard += 1;
  });
  server.bind(53, nameServer);
  await once(server, 'listening');
  t.teardown(async () => void server.close());
  return {
    command: (line) => ['unshare', '--mount', 'sh', '-c', `${mounts.join('')}exec "$@"`, folder, ...line],
    heard: () => heard,
  };
}
