/** `lienthong keys`: what keys there are, a new generation of one, and the end of an old one; docs/keys.md says what each means. */

import { readFile } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import { type KeyRow, listKeys, retireKey, rotateKey } from '../change-keys.ts';
import { bodyDigest } from '../exchange-log/pseudonyms.ts';
import { demandOwnLog, openExistingKeys, type RotatingKey, rotatingKeys } from '../gateway-keys.ts';
import { configOption, dataOption, offerOf, say } from './options.ts';

interface KeyOptions {
  readonly config: string;
  readonly data: string;
}

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('list, rotate and retire the keys of a data folder');
  const onData = (command: Command) => command.addOption(configOption()).addOption(dataOption());
  const named = () => new Argument('<name>', 'of the key').choices(Object.keys(rotatingKeys));

  onData(
    keys.command('list').description('print the generations of every key, the newest first; nothing secret'),
  ).action(async (options: KeyOptions) => {
    for (const row of await listKeys(options.data, await originOf(options))) say(describeKey(row));
  });
  onData(keys.command('rotate').description('make a new generation of a key; the gateway must be stopped'))
    .addArgument(named())
    .action(async (name: RotatingKey, options: KeyOptions) => {
      say(`The newest key ${name} is ${await rotateKey(options.data, name, await originOf(options))}.`);
      say(`Start the gateway, which uses it from then on; ${nextSteps[name].rotated}`);
    });
  onData(keys.command('retire').description('do without an older key from now on; the gateway must be stopped'))
    .addArgument(named())
    .argument('<kid>', 'id of the key, as `keys list` prints it')
    .action(async (name: RotatingKey, kid: string, options: KeyOptions) => {
      await retireKey(options.data, name, kid, await originOf(options));
      say(`The key ${name} ${kid} is gone: ${nextSteps[name].retired}`);
    });
  keys
    .command('digest')
    .description('print the keyed digests of a body, to compare with those in entries, the newest key first')
    .argument('<file>', 'request or answer, byte for byte as it was sent')
    .addOption(dataOption())
    .action(async (file: string, { data }: { data: string }) => {
      const content = await readFile(file);
      const secrets = await (await openExistingKeys(data, 'evidence')).secrets('evidence');
      for (const { kid, secret } of secrets) say(`${kid} ${bodyDigest(secret, content)}`);
    });
}

/** Throws EmbeddedError where the data folder holds another gateway's log. */
async function originOf({ config, data }: KeyOptions): Promise<string> {
  const { origin } = (await offerOf(config)).configuration.gateway.exchangeLog;
  await demandOwnLog(data, origin);
  return origin;
}

/** What comes after a rotation, and after the end of an older key. */
const nextSteps: Readonly<Record<RotatingKey, { readonly rotated: string; readonly retired: string }>> = {
  'token-signing': {
    rotated: 'tokens of the older keys stay good until those are retired.',
    retired: 'tokens that it signed are refused from now on.',
  },
  'exchange-log': {
    rotated:
      'then hand out what "lienthong log key" prints, to witnesses first; the older keys sign, too, until they are retired.',
    retired:
      'witnesses that know no other key of this log refuse it now: give them what "lienthong log key" prints. ' +
      'Who keeps older receipts needs the key that is gone: "log verify-receipt --key" takes several.',
  },
  pseudonym: {
    rotated: 'people have other names in the entries from then on; with the older key auditors find the earlier ones.',
    retired: 'nobody is found in entries written with it any more.',
  },
  evidence: {
    rotated: 'entries written before are compared by the older key.',
    retired: 'bodies cannot be compared with entries written with it any more.',
  },
};

function describeKey({ name, kid, state, mark }: KeyRow): string {
  return `${name.padEnd(13)}  ${state.padEnd(7)}  ${kid}${mark === kid ? '' : `  ${mark}`}`;
}
