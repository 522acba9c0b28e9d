/** `lienthong evidence`: what auditors do with sealed evidence, and what brings a restored key file up to date. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { dataLogs } from '../data-logs.ts';
import { openDataFolder } from '../embedded/data-folder.ts';
import { createPrivate } from '../embedded/private-file.ts';
import { makeAuditorKeys, readAuditorPrivateKey } from '../exchange-log/evidence/auditor-keys.ts';
import { demandRecorded, openEvidence, type RecordedBodies } from '../exchange-log/evidence/open.ts';
import { reapplyErasures } from '../exchange-log/evidence/reapply-erasures.ts';
import { verifyReceipt } from '../exchange-log/receipt.ts';
import { exportLog } from '../exchange-log/verify/export-log.ts';
import { folderSource } from '../exchange-log/verify/log-source.ts';
import { demandDataFolder } from '../gateway-keys.ts';
import { parseSaved } from './log-checks.ts';
import { dataOption, parseVerifierKeys, say } from './options.ts';

interface OpenOptions {
  readonly key: string;
  readonly receipt?: string;
  readonly logKey?: string;
}

export function addEvidenceCommands(program: Command): void {
  const evidence = program.command('evidence').description('open sealed evidence, and make the keys for it');
  evidence
    .command('open')
    .description('decrypt what GET /v1/audit/exchanges/{id}/evidence gave, without gateway and network')
    .argument('<file>', 'the evidence')
    .requiredOption('--key <jwk>', "file of the auditor's private key")
    .option('--receipt <file>', 'receipt of the exchange, which the evidence must agree with')
    .option('--log-key <vkey>', 'key of the log, for the receipt')
    .action(open);
  evidence
    .command('keygen')
    .description("make an auditor's key pair: <name>.private.jwk stays with the auditor")
    .argument('<name>', 'name of the key (kid)')
    .option('--out <dir>', 'folder for the two files', '.')
    .action(keygen);
  evidence
    .command('reapply-erasures')
    .description('erase again what the log says was erased, after keys/subjects.db came from a backup')
    .addOption(dataOption())
    .action(reapply);
}

/** Prints JSON with the bodies' exact text; throws Error where anything does not fit. */
async function open(file: string, { key, receipt, logKey }: OpenOptions): Promise<void> {
  if ((receipt === undefined) !== (logKey === undefined)) throw new Error('--receipt and --log-key go together');
  const text = await readFile(file, 'utf8');
  if (receipt !== undefined && logKey !== undefined) {
    const [verifier, ...otherVerifiers] = parseVerifierKeys('--log-key', logKey);
    const verified = verifyReceipt(await readFile(receipt, 'utf8'), {
      verifier,
      otherVerifiers,
      parseJson: parseSaved,
    });
    demandRecorded(text, JSON.parse(verified.entry) as RecordedBodies, parseSaved);
  }
  const opened = await openEvidence(text, await readAuditorPrivateKey(key), parseSaved);
  if (receipt === undefined) process.stderr.write('NOT held against the log: give --receipt and --log-key.\n');
  say(JSON.stringify(opened, null, 2));
}

const nameForm = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

async function keygen(name: string, { out }: { readonly out: string }): Promise<void> {
  if (!nameForm.test(name)) throw new Error('the name must be letters, digits, dots, hyphens and underscores');
  const { privateJwk, publicJwk } = await makeAuditorKeys(name);
  const [privateFile, publicFile] = [path.join(out, `${name}.private.jwk`), path.join(out, `${name}.public.jwk`)];
  await mkdir(out, { recursive: true });
  if (!(await createPrivate(privateFile, privateJwk))) throw new Error(`${privateFile} is there already`);
  await writeFile(publicFile, publicJwk, { flag: 'wx' });
  say(`${privateFile}: keep it away from the gateway\n${publicFile}: name it in evidence.auditorKeyFiles`);
}

async function reapply({ data }: { readonly data: string }): Promise<void> {
  demandDataFolder(data, 'exchange-log');
  const folder = await openDataFolder(data);
  try {
    const logs = dataLogs(folder.path, '');
    const [first] = logs;
    // An erasure stands in the log of the worker that was asked, and is about what any of them sealed.
    const stores = logs.filter(
      ({ subjectKeyFile }) => subjectKeyFile === first?.subjectKeyFile || existsSync(subjectKeyFile),
    );
    let erasures = 0;
    for (const log of logs) {
      const source = await folderSource(log.folder);
      if ((await source.read('checkpoint')) === undefined) continue;
      for (const { subjectKeyFile } of stores) {
        const lines = exportLog(source, { from: 0, to: undefined, proofs: false });
        const applied = await reapplyErasures(subjectKeyFile, lines);
        if (subjectKeyFile === first?.subjectKeyFile) erasures += applied;
      }
    }
    say(`${erasures} erasures of the log are in force.`);
  } finally {
    folder.close();
  }
}
