/** Finds who is sent webhooks: what members.yaml registers, with the certificates that it names, and what is wrong with it. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Configuration } from './config.ts';
import type { ConfigFault } from './config-reader.ts';
import { createAddresses } from './webhooks/addresses.ts';
import type { Receiver, WebhookSettings } from './webhooks/settings.ts';

export async function readReceivers(
  configuration: Configuration,
): Promise<{ receivers: readonly Receiver[]; faults: readonly ConfigFault[] }> {
  const { members, folder, gateway } = configuration;
  const faults: ConfigFault[] = [...addressFaults(gateway.webhooks)];
  const receivers: Receiver[] = [];
  const { allowPrivateAddresses } = gateway.webhooks;
  for (const [m, { id: member, subsystems }] of members.entries()) {
    for (const [s, { code, webhook }] of subsystems.entries()) {
      if (webhook === undefined) continue;
      const at = `/members/${m}/subsystems/${s}/webhook`;
      const fault = (name: string, message: string) => faults.push({ file: 'members.yaml', at: at + name, message });
      const wrong = urlFault(webhook.url, allowPrivateAddresses);
      if (wrong !== undefined) fault('/url', wrong);
      const ca = webhook.caFile && (await readPem(path.resolve(folder, webhook.caFile)));
      if (ca instanceof Error) fault('/caFile', ca.message);
      else receivers.push({ id: `${member}/${code}`, url: webhook.url, streams: webhook.sends, ca });
    }
  }
  return { receivers, faults };
}

function addressFaults({ allowPrivateAddresses }: Pick<WebhookSettings, 'allowPrivateAddresses'>): ConfigFault[] {
  return allowPrivateAddresses.flatMap((address, index) => {
    const message = addressFault(address);
    return message === undefined
      ? []
      : [{ file: 'gateway.yaml', at: `/webhooks/allowPrivateAddresses/${index}`, message }];
  });
}

function addressFault(address: string): string | undefined {
  try {
    createAddresses([address]);
  } catch (error) {
    return (error as Error).message;
  }
  // fc00::/7 and 10.0.0.0/8 are the widest that there are (RFC 4193, RFC 1918).
  const bits = Number(address.split('/')[1] ?? Number.POSITIVE_INFINITY);
  return bits < 7 ? 'covers more than any network of one’s own: name that network' : undefined;
}

function urlFault(text: string, allowPrivateAddresses: readonly string[]): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'must be an https URL';
  if (url.username !== '' || url.password !== '' || url.hash !== '') return 'must have neither user nor fragment';
  if (url.protocol === 'https:' || allowPrivateAddresses.length > 0) return undefined;
  return 'must be an https URL: http is for addresses in webhooks.allowPrivateAddresses alone';
}

async function readPem(file: string): Promise<string | Error> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    return new Error(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
