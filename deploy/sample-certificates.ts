/** Makes the certificates of a composition's sample register and of its gateways: who deploys a real one has them from its owner. */

import { generateKeyPairSync } from 'node:crypto';
import { signCertificate } from '../src/embedded/certificate-template.ts';
import type { CertificateFiles } from '../src/embedded/certificates.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Nobody renews them. */
const lifeMs = 3652 * dayMs;

/** By one authority, which is forgotten: for the server of that name, and for its one client. */
export function makeCertificates(
  serverName: string,
  clientName: string,
): Record<'server' | 'client', CertificateFiles> {
  const validity = { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + lifeMs };
  const makeKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const issuer = { commonName: `Authority of ${serverName}`, key: makeKey() };
  const ca = signCertificate({ ...validity, ...issuer }).toString();
  const issue = (commonName: string): CertificateFiles => {
    const key = makeKey();
    const certificate = signCertificate({ ...validity, commonName, hostName: commonName, key, issuer });
    return { ca, cert: certificate.toString(), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  return { server: issue(serverName), client: issue(clientName) };
}
