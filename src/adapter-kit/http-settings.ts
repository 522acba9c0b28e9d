/** What an operator sets for a registry that speaks HTTP, and its check before the first connection. */

import { readFileSync } from 'node:fs';
import { SourceError } from './source-error.ts';

export interface HttpSourceSettings {
  /** `https://host[:port][/prefix]`; `http:` only suits a registry behind a TLS proxy on the same host. */
  readonly url: string;
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number;
  /** From the last byte of the request to the last of the answer's headers. */
  readonly headersTimeoutMs: number;
  /** The longest pause between two parts of the answer's body. */
  readonly bodyTimeoutMs: number;
  readonly connectionsMax: number;
  /** Requests that may wait for a free connection; 256 if absent. Further ones fail as `unavailable`. */
  readonly queueMax?: number;
  readonly answerBytesMax: number;
  readonly tls?: HttpTlsSettings;
}

/** Each as PEM, inline or in a file; files are read once, when the source is opened. */
export interface HttpTlsSettings {
  /** Authorities that may have signed the registry's certificate; those of Node if absent. */
  readonly ca?: string;
  readonly caFile?: string;
  /** The gateway's own certificate and key, for a registry that asks for them (mutual TLS). */
  readonly cert?: string;
  readonly certFile?: string;
  readonly key?: string;
  readonly keyFile?: string;
  /** The name that the registry's certificate must bear, where it is not the host of the URL. */
  readonly serverName?: string;
}

const timeoutMs = { type: 'integer', minimum: 1, maximum: 120_000 };
const text = { type: 'string', minLength: 1 };

/** JSON Schema 2020-12 of `HttpSourceSettings`. */
export const httpSourceSettingsSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  required: ['url', 'connectTimeoutMs', 'headersTimeoutMs', 'bodyTimeoutMs', 'connectionsMax', 'answerBytesMax'],
  properties: {
    url: { type: 'string', pattern: '^https?://[^/?#@]+(?:/[^?#]*)?$' },
    connectTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    connectionsMax: { type: 'integer', minimum: 1, maximum: 1024 },
    queueMax: { type: 'integer', minimum: 0, maximum: 100_000 },
    answerBytesMax: { type: 'integer', minimum: 1, maximum: 64 * 1024 * 1024 },
    tls: {
      type: 'object',
      properties: { ca: text, caFile: text, cert: text, certFile: text, key: text, keyFile: text, serverName: text },
      dependentRequired: { cert: ['key'], key: ['cert'], certFile: ['keyFile'], keyFile: ['certFile'] },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

/** Splits the registry's URL into what is connected to and what stands before every path. Throws SourceError. */
export function addressOf(settings: HttpSourceSettings): { readonly origin: string; readonly prefix: string } {
  if (!URL.canParse(settings.url)) throw new SourceError('unavailable', 'the URL of the registry cannot be read');
  const url = new URL(settings.url);
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || !plain) {
    throw new SourceError('unavailable', `${url.host}: the URL must be http(s)://host[:port][/prefix] and no more`);
  }
  if (url.protocol === 'http:' && settings.tls) {
    throw new SourceError('unavailable', `${url.host}: TLS settings need an https URL`);
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

/** The PEM texts of the settings, files read. Throws SourceError that names the file. */
export function credentialsOf(tls: HttpTlsSettings): {
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
} {
  return {
    ca: pemOf('ca', tls.ca, tls.caFile),
    cert: pemOf('cert', tls.cert, tls.certFile),
    key: pemOf('key', tls.key, tls.keyFile),
  };
}

function pemOf(name: string, inline: string | undefined, file: string | undefined): string | undefined {
  if (inline !== undefined && file !== undefined) {
    throw new SourceError('unavailable', `TLS settings: give either ${name} or ${name}File`);
  }
  if (file === undefined) return inline;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SourceError('unavailable', `TLS settings: ${name}File cannot be read: ${file}`, error);
  }
}
