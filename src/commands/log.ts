/** `lienthong log`: commands about an exchange log, which need neither gateway nor configuration but the log and its key. */

import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { dataLogs } from '../data-logs.ts';
import { createIdentity } from '../exchange-log/identity.ts';
import { logKeyName } from '../exchange-log/log.ts';
import { parseVerifierKey, type VerifierKey } from '../exchange-log/note/keys.ts';
import { parseNote } from '../exchange-log/note/note.ts';
import { openEntryFiles } from '../exchange-log/verify/entry-files.ts';
import { exportLog } from '../exchange-log/verify/export-log.ts';
import { folderSource } from '../exchange-log/verify/log-source.ts';
import { demandOwnLog, openExistingKeys } from '../gateway-keys.ts';
import { blaming, checkAccesses, checkLog, checkReceipt, checksOf, witnessesOf } from './log-checks.ts';
import { demandAllNamed, demandRange, type SourceOptions, sourceOf, sourcesOf } from './log-places.ts';
import {
  configOption,
  dataOption,
  offerOf,
  parseIndex,
  parsePositive,
  parseVerifierKeys,
  say,
  tokenOption,
} from './options.ts';

export function addLogCommands(program: Command): void {
  const log = program.command('log').description('check an exchange log, and read it');
  const fromLog = (command: Command) =>
    command
      .argument('<place>', 'folder of the log, data folder, or URL such as https://gateway.example/log')
      .option('--log <number>', 'one of several logs of a gateway, from 1', parsePositive)
      .addOption(tokenOption('of role auditor, for a URL'));

  const withWitnesses = (command: Command) =>
    command
      .option('--witness <vkey>', 'key of a witness that you trust; may be repeated', gather)
      .option('--witnesses-wanted <n>', 'so many of them must have cosigned; all where not given', parsePositive);

  withWitnesses(
    fromLog(log.command('verify').description('check every entry, tile and file up to the signed checkpoint')),
  )
    .addOption(keyOption('without it the signature is not checked'))
    .option('--tsa-ca <file>', 'certificates of the timestamp authority (PEM), to check timestamps with')
    .option('--from <file>', 'older checkpoint that the log must continue')
    .option('--subjects', 'also check that the entries about each person are numbered without gap or repeat')
    .addOption(
      new Option('--evidence <files>', 'check sealed evidence, too: all of it, or of the files still present').choices([
        'all',
        'present',
      ]),
    )
    .action(async (place, options) => {
      const witnesses = witnessesOf(options);
      const sources = await sourcesOf(place, options);
      const checks = await checksOf(sources, options);
      for (const { source, options: own } of checks) {
        const check = checkLog(source, own, witnesses, process.stderr);
        say(await (checks.length === 1 ? check : check.catch(blaming(source))));
      }
      await demandAllNamed(place, sources, options);
    });
  fromLog(log.command('export').description('print entries as lines of JSON'))
    .option('--from <index>', 'first entry', parseIndex, 0)
    .option('--to <index>', 'last entry; the newest where not given', parseIndex)
    .option('--proofs', 'make each line a receipt')
    .action((place, options) => exportTo(process.stdout, place, options));
  withWitnesses(log.command('verify-receipt'))
    .description('check a receipt, JSON or tlog-proof, without gateway and network')
    .argument('<file>', 'the receipt')
    .addOption(
      keyOption(
        'one at least must have signed: the newest signs from the start of the gateway after its rotation',
      ).makeOptionMandatory(),
    )
    .action(async (file, options) => {
      say(await checkReceipt(file, options));
    });
  withWitnesses(log.command('verify-accesses'))
    .description(
      'check saved answers of /v1/me/accesses, without gateway and network: every proof, and that no entry is left out',
    )
    .argument('<files...>', 'the answers, all pages of them')
    .addOption(
      keyOption(
        'one at least must have signed: the newest signs from the start of the gateway after its rotation',
      ).makeOptionMandatory(),
    )
    .option('--partial', 'accept that entries are missing, as with some pages or a period only')
    .action(async (files, options) => {
      say(await checkAccesses(files, options));
    });
  log
    .command('key')
    .description('print the keys by which others check the log, the newest first')
    .addOption(configOption())
    .addOption(dataOption())
    .action(async ({ config, data }: { config: string; data: string }) => {
      const { origin } = (await offerOf(config)).configuration.gateway.exchangeLog;
      const vkeys = await verifierKeysOf(data, origin);
      for (const log of dataLogs(data, origin)) say((await verifierKeysOf(data, origin, log.origin)).join('\n'));
      if (await isWaiting(data, vkeys)) process.stderr.write(`${waiting}\n`);
    });
}

const gather = (value: string, before: readonly string[] = []): string[] => [...before, value];

async function exportTo(
  output: Writable,
  place: string,
  options: SourceOptions & { readonly from: number; readonly to?: number; readonly proofs?: boolean },
): Promise<void> {
  const { from, to, proofs = false } = options;
  const source = await sourceOf(place, options);
  demandRange(from, to, (await openEntryFiles(source)).size());
  const lines = exportLog(source, { from, to, proofs });
  await pipeline(Readable.from(lines), output, { end: false });
}

/** The keys by which others check a log of a data folder, the newest first. */
async function verifierKeysOf(dataFolder: string, origin: string, name = origin): Promise<readonly string[]> {
  const keys = await openExistingKeys(dataFolder, logKeyName);
  await demandOwnLog(dataFolder, origin);
  const [key, ...olderKeys] = await keys.signingKeys(logKeyName);
  return createIdentity(name, key, olderKeys).vkeys;
}

const waiting = 'The first of them signs from the next start of the gateway on: until then, the older ones are needed.';

/** True where the newest key has not signed the log yet. */
async function isWaiting(dataFolder: string, [newest = '']: readonly string[]): Promise<boolean> {
  const { keyId } = parseVerifierKey(newest);
  const note = await (await folderSource(dataFolder)).read('checkpoint');
  return note !== undefined && !parseNote(note).signatures.some((one) => one.keyId === keyId);
}

/** May be repeated. */
function keyOption(what: string): Option {
  return new Option('--key <vkey>', `key of the log; may be repeated; ${what}`).argParser(
    (text, before: readonly VerifierKey[] = []) => [...before, ...parseVerifierKeys('--key', text)],
  );
}
