/** Reads the certificates of the authorities whose timestamps are believed, and refuses what are none. */

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Trusted for timestamps, and never fetched from anywhere. */
export type Authorities = readonly X509Certificate[];

const certificateForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Of a PEM file, one certificate or more. Throws Error saying what is wrong with the file. */
export async function readAuthorities(file: string): Promise<Authorities> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code})`);
  });
  const blocks = text.match(certificateForm) ?? [];
  if (blocks.length === 0) throw new Error(`${file} holds no certificate in PEM form`);
  return blocks.map((block, index) => {
    const certificate = read(block);
    if (certificate === undefined) throw new Error(`${file}: certificate ${index + 1} cannot be read`);
    if (!certificate.ca) throw new Error(`${file}: certificate ${index + 1} is not that of an authority`);
    return certificate;
  });
}

function read(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
