/** Writes X.509 certificates (RFC 5280) for the data folder's own authority and those it vouches for: ECDSA P-256, nothing else. */

import { createHash, createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import {
  bitString,
  boolean,
  type Der,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';

export interface CertificateRequest {
  readonly commonName: string;
  /** Whose certificate it is; the public half goes in. */
  readonly key: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Absent for an authority, which signs itself. */
  readonly issuer?: { readonly commonName: string; readonly key: KeyObject };
  /** By which others than this machine reach it. */
  readonly hostName?: string;
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const version3 = explicit(0, integer(Buffer.of(2)));
const serialBytes = 16;
const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
const clientAuth = objectIdentifier('1.3.6.1.5.5.7.3.2');
const digitalSignature = bitString(Buffer.of(0b1000_0000), 7);
const signsCertificatesAndLists = bitString(Buffer.of(0b0000_0110), 1);

/** An authority where the request names no issuer; else a certificate for servers and clients on 127.0.0.1, localhost and `hostName`. */
export function signCertificate(request: CertificateRequest): X509Certificate {
  const issuer = request.issuer ?? request;
  const body = sequence(
    version3,
    integer(randomBytes(serialBytes)),
    ecdsaWithSha256,
    name(issuer.commonName),
    sequence(time(request.notBeforeMs), time(request.notAfterMs)),
    name(request.commonName),
    publicKeyOf(request.key),
    explicit(
      3,
      sequence(
        ...(request.issuer === undefined ? authorityExtensions() : leafExtensions(request.hostName)),
        ...keyIds(),
      ),
    ),
  );
  return new X509Certificate(sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, issuer.key))));

  function keyIds(): Der[] {
    return [
      extension('2.5.29.14', octetString(keyId(request.key))),
      extension('2.5.29.35', sequence(implicit(0, keyId(issuer.key)))),
    ];
  }
}

function authorityExtensions(): Der[] {
  const noFurtherAuthorities = integer(Buffer.of(0));
  return [
    extension('2.5.29.19', sequence(boolean(true), noFurtherAuthorities), 'critical'),
    extension('2.5.29.15', signsCertificatesAndLists, 'critical'),
  ];
}

function leafExtensions(hostName?: string): Der[] {
  const names = ['localhost', ...(hostName === undefined ? [] : [hostName])];
  return [
    extension('2.5.29.19', sequence(), 'critical'),
    extension('2.5.29.15', digitalSignature, 'critical'),
    extension('2.5.29.37', sequence(serverAuth, clientAuth)),
    extension(
      '2.5.29.17',
      sequence(...names.map((name) => implicit(2, Buffer.from(name))), implicit(7, Buffer.of(127, 0, 0, 1))),
    ),
  ];
}

function extension(id: string, value: Der, critical?: 'critical'): Der {
  const flag = critical === undefined ? [] : [boolean(true)];
  return sequence(objectIdentifier(id), ...flag, octetString(value));
}

function name(commonName: string): Der {
  return sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function publicKeyOf(key: KeyObject): Der {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** RFC 7093 section 2, method 1 over the whole public key: any short digest that is the same on both sides. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha256').update(publicKeyOf(key)).digest().subarray(0, 20);
}
