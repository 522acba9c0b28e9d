/** A little certificate authority in the data folder, so that mutual TLS works between processes of one machine without an operator. */

import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../exchange/ports.ts';
import { signCertificate } from './certificate-template.ts';
import { EmbeddedError } from './embedded-error.ts';
import { readPrivate, replacePrivate } from './private-file.ts';

/** All PEM; the key is PKCS #8. */
export interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The kept certificate of that name, or a fresh one where there is none, it is about to expire or it is not of this authority. */
  certificate(commonName: string): Promise<CertificateFiles>;
}

interface Holder {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

const dayMs = 24 * 60 * 60 * 1000;
const authorityLifeMs = 3652 * dayMs;
const leafLifeMs = 365 * dayMs;
const leafRenewalMs = 30 * dayMs;
/** An authority is replaced while it still outlives every certificate that it could issue. */
const authorityRenewalMs = leafLifeMs + leafRenewalMs;
/** Certificates begin a little in the past, for the other side's clock. */
const clockSkewMs = 60 * 60 * 1000;
const leafName = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** Certificates in a folder that exists: one file each, certificate and key together (mode 0600), so that they never part. */
export function openCertificates(folder: string, clock: Clock): Certificates {
  // One at a time: two callers at once would otherwise make two authorities.
  let last: Promise<unknown> = Promise.resolve();

  async function issue(commonName: string): Promise<CertificateFiles> {
    if (!leafName.test(commonName)) throw new EmbeddedError(`"${commonName}" cannot be the name of a certificate`);
    const authority = await openAuthority(join(folder, 'authority.pem'), clock);
    const { certificate, key } = await openLeaf(join(folder, `issued-${commonName}.pem`), commonName, authority, clock);
    return { ca: authority.certificate.toString(), cert: certificate.toString(), key: pemOf(key) };
  }

  return {
    certificate: (commonName) => {
      const issued = last.then(() => issue(commonName));
      last = issued.catch(() => undefined);
      return issued;
    },
  };
}

async function openAuthority(path: string, clock: Clock): Promise<Holder> {
  const kept = await read(path);
  if (kept !== undefined && lives(kept, authorityRenewalMs, clock)) return kept;
  const commonName = `Lienthong local authority ${randomBytes(4).toString('hex')}`;
  return write(path, make(commonName, authorityLifeMs, clock));
}

async function openLeaf(path: string, commonName: string, issuer: Holder, clock: Clock): Promise<Holder> {
  const kept = await read(path);
  if (kept?.certificate.verify(issuer.certificate.publicKey) && lives(kept, leafRenewalMs, clock)) return kept;
  return write(path, make(commonName, leafLifeMs, clock, issuer));
}

function make(commonName: string, lifeMs: number, clock: Clock, issuer?: Holder): Holder {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const certificate = signCertificate({
    commonName,
    key,
    notBeforeMs: clock.nowMs() - clockSkewMs,
    notAfterMs: clock.nowMs() + lifeMs,
    ...(issuer && { issuer: { commonName: commonNameOf(issuer.certificate), key: issuer.key } }),
  });
  return { certificate, key };
}

async function write(path: string, holder: Holder): Promise<Holder> {
  await replacePrivate(path, holder.certificate.toString() + pemOf(holder.key));
  return holder;
}

async function read(path: string): Promise<Holder | undefined> {
  const pem = await readPrivate(path);
  if (pem === undefined) return undefined;
  try {
    const holder = { certificate: new X509Certificate(pem), key: createPrivateKey(pem) };
    if (holder.certificate.checkPrivateKey(holder.key)) return holder;
  } catch {
    // Damaged: the message below says so.
  }
  throw new EmbeddedError(`${path} holds no certificate with its key: delete it, a new one will be made`);
}

function lives(holder: Holder, atLeastMs: number, clock: Clock): boolean {
  return holder.certificate.validToDate.getTime() - clock.nowMs() > atLeastMs;
}

function commonNameOf(certificate: X509Certificate): string {
  return certificate.subject.replace(/^CN=/, '');
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
