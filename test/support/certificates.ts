/** Throw-away certificate authorities made with OpenSSL, so that TLS is tested against certificates that the product did not make. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Teardown } from './servers.ts';

/** All PEM. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly folder: string;
  /** Signs for client and server use; DNS names `commonName` and localhost, addresses 127.0.0.1 and ::1. */
  issue(commonName: string, validity?: 'expired'): Promise<Credentials>;
}

const run = promisify(execFile);
const keyFlags = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const daysMax = '2';

/** Gone with the test, its files included. */
export async function createAuthority(t: Teardown, name = 'Test authority'): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-authority-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const openssl = (...flags: string[]) => run('openssl', flags, { cwd: folder });
  await openssl(
    'req',
    '-x509',
    ...keyFlags,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    daysMax,
    '-subj',
    `/CN=${name}`,
  );
  let issued = 0;

  return {
    folder,
    async issue(commonName, validity) {
      issued += 1;
      const file = (ending: string) => `${issued}.${ending}`;
      const names = `DNS:${commonName},DNS:localhost,IP:127.0.0.1,IP:::1`;
      await writeFile(
        join(folder, file('ext')),
        `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n`,
      );
      await openssl(
        'req',
        '-new',
        ...keyFlags,
        '-keyout',
        file('key'),
        '-out',
        file('csr'),
        '-subj',
        `/CN=${commonName}`,
      );
      const signing = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        validity === undefined ? daysMax : '-1',
      ];
      await openssl('x509', '-req', '-in', file('csr'), '-out', file('pem'), '-extfile', file('ext'), ...signing);
      const [ca, cert, key] = await Promise.all(
        ['ca.pem', file('pem'), file('key')].map((name) => readFile(join(folder, name), 'utf8')),
      );
      return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
    },
  };
}
