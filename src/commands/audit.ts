/** `lienthong audit`: searches a gateway's log over HTTP, in little memory however much there is. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { type AuditQuestion, exportRows, pagedRows } from '../cli/audit-client.ts';
import { auditHeading, describeRow } from '../cli/audit-lines.ts';
import { entryKinds } from '../exchange/entries.ts';
import { parsePositive, tokenOption, urlOption } from './options.ts';

interface SearchOptions {
  readonly url: string;
  readonly token?: string;
  readonly format: 'ndjson' | 'csv' | 'table';
  readonly rows: number;
  readonly case?: string;
  readonly pin?: string;
  readonly subject?: string;
  readonly userId?: string;
  readonly official?: string;
  readonly [filter: string]: unknown;
}

const noToken =
  'there is no token: give --token, or set LIENTHONG_TOKEN; "lienthong token <name> --role auditor" prints one';
const filters = ['from', 'to', 'kind', 'consumer', 'service', 'purpose', 'agreement', 'outcome', 'issue'];
const mediaTypes = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

export function addAuditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .description("ask a gateway's log as an auditor; each question is recorded there");
  const search = audit
    .command('search')
    .description('print the entries that match every filter, the newest first')
    .addOption(urlOption())
    .addOption(tokenOption('of role auditor'))
    .addOption(
      new Option('--format <form>', 'how rows are printed').choices(['ndjson', 'csv', 'table']).default('table'),
    )
    .option('--rows <number>', 'rows of a table at most', parsePositive, 100)
    .option('--case <id>', 'case for which you look, recorded with the look; it filters nothing')
    .option('--from <time>', 'from this time, or the beginning of this day (UTC)')
    .option('--to <time>', 'before this time, or up to the end of this day (UTC)')
    .option('--kind <kind>', entryKinds.join(', '))
    .option('--consumer <id>', 'subsystem or member that asked')
    .option('--service <id>', 'service, subsystem or member that was asked')
    .option('--purpose <purpose>', 'purpose of the exchange')
    .option('--agreement <id>', 'number of the agreement')
    .option('--outcome <code>', 'ok, refused (problems, and what a registry refused), or the code of a problem')
    .option('--issue <issue>', 'case of the exchange: X-Road-Issue as it was sent, or as the log holds it');
  const person = (flags: string, said: string, conflicting: string, env?: string) => {
    const option = new Option(flags, said).conflicts(conflicting);
    search.addOption(env === undefined ? option : option.env(env));
  };
  person('--subject <pseudonym>', 'person whom the exchange is about, as the log holds them', 'pin');
  person('--pin <pin>', 'the same by personal number', 'subject', 'LIENTHONG_PIN');
  person('--official <pseudonym>', 'official who asked, as the log holds them', 'userId');
  person('--user-id <id>', 'the same by X-Road-UserId', 'official', 'LIENTHONG_USER_ID');
  search.action((options: SearchOptions) => printFound(options, process.stdout));
}

/** Resolves early where nobody reads on. */
async function printFound(options: SearchOptions, output: NodeJS.WritableStream): Promise<void> {
  const { url, token = '', format, rows, case: issue } = options;
  if (token === '') throw new Error(noToken);
  const question = { url, token, issue, filters: filtersOf(options) };
  const content = format === 'table' ? table(question, rows) : exportRows(question, mediaTypes[format]);
  try {
    await pipeline(Readable.from(content), output, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

function filtersOf(options: SearchOptions): Record<string, unknown> {
  const { pin, subject, userId, official } = options;
  const plain = filters.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  const person = (clear: string, value?: string, pseudonym?: string) =>
    value === undefined ? pseudonym && { pseudonym } : { [clear]: value };
  const people = { subject: person('pin', pin, subject), official: person('userId', userId, official) };
  return { ...Object.fromEntries(plain), ...people };
}

async function* table(question: AuditQuestion, rows: number): AsyncGenerator<string> {
  let isHeaded = false;
  const heading = () => (isHeaded ? '' : `${auditHeading}\n`);
  for await (const row of pagedRows(question, rows)) {
    yield `${heading()}${describeRow(row)}\n`;
    isHeaded = true;
  }
  // A refusal comes before it, a search without rows behind it.
  yield heading();
}
