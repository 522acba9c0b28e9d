/** Finds who is sent webhooks: what members.yaml registers, with the certificates that it names, and what is wrong with it. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigFault, Configuration } from './config.ts';
import { createAddresses } from './webhooks/addresses.ts';
import type { Receiver } from './webhooks/settings.ts';

export async function readReceivers(
  configuration: Configuration,
): Promise<{ receivers: readonly Receiver[]; faults: readonly ConfigFault[] }> {
  const { members, folder, gateway } = configuration;
  const faults: ConfigFault[] = [...settingsFaults(configuration)];
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

function settingsFaults({ gateway: { webhooks, events, http } }: Configuration): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const fault = (at: string, message: string) => faults.push({ file: 'gateway.yaml', at, message });
  for (const [index, address] of webhooks.allowPrivateAddresses.entries()) {
    try {
      createAddresses([address]);
    } catch (error) {
      fault(`/webhooks/allowPrivateAddresses/${index}`, (error as Error).message);
    }
  }
  if (webhooks.timeoutMs >= webhooks.leaseSeconds * 1000) {
    fault('/webhooks/timeoutMs', 'must be shorter than leaseSeconds: another gateway would send the same meanwhile');
  }
  if (events.waitSecondsMax * 1000 >= http.inactivityTimeoutMs) {
    fault('/events/waitSecondsMax', 'must be shorter than http.inactivityTimeoutMs, which would cut whoever waits');
  }
  return faults;
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
