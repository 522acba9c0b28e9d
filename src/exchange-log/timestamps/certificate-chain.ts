/** Finds the way from the certificate of a timestamp to an authority that is trusted (RFC 5280 section 6, without revocation). */

import type { X509Certificate } from 'node:crypto';
import { BasicConstraints, Certificate } from 'pkijs';
import type { Authorities } from './authorities.ts';
import { demandStamp } from './timestamp-error.ts';

/** Certificates between the two, at most. */
const betweenMax = 6;
/** Critical extensions that are looked at, or that change nothing here: what is not known must be refused. */
const known = new Set(['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.32', '2.5.29.37']);
const basicConstraints = '2.5.29.19';

/**
 * Throws TimestampError unless a chain of certificates, all in force at that time, leads from the leaf to one of the
 * authorities. Each certificate is taken once, so that certificates that vouch for each other in a circle end.
 */
export function demandChain(
  leaf: X509Certificate,
  included: readonly X509Certificate[],
  authorities: Authorities,
  atMs: number,
): void {
  demandStamp(isInForce(leaf, atMs), 'its certificate was not in force at that time');
  demandStamp(hasKnownExtensions(leaf), 'its certificate has a critical extension that is not known');
  let reached = [leaf];
  const left = new Set(included);
  for (let between = 0; between <= betweenMax && reached.length > 0; between += 1) {
    const mayIssue = (issuer: X509Certificate) => isAuthority(issuer, between, atMs);
    const isIssued = (issuer: X509Certificate) => mayIssue(issuer) && reached.some((one) => isIssuedBy(one, issuer));
    if (authorities.some(isIssued)) return;
    reached = [...left].filter(isIssued);
    for (const one of reached) left.delete(one);
  }
  demandStamp(false, 'its certificate does not lead to an authority that is trusted');
}

/** @param between certificates of authorities below this one. */
function isAuthority(certificate: X509Certificate, between: number, atMs: number): boolean {
  if (!certificate.ca || !isInForce(certificate, atMs) || !hasKnownExtensions(certificate)) return false;
  const constraints = extensionsOf(certificate).find(({ extnID }) => extnID === basicConstraints)?.parsedValue;
  const max = constraints instanceof BasicConstraints ? constraints.pathLenConstraint : undefined;
  return max === undefined || between <= Number(max);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isInForce({ validFromDate, validToDate }: X509Certificate, atMs: number): boolean {
  return validFromDate.getTime() <= atMs && atMs <= validToDate.getTime();
}

function hasKnownExtensions(certificate: X509Certificate): boolean {
  return extensionsOf(certificate).every(({ critical, extnID }) => !critical || known.has(extnID));
}

function extensionsOf(certificate: X509Certificate) {
  return Certificate.fromBER(certificate.raw).extensions ?? [];
}
