/** `lienthong push` and `query`: carry a file of messages through a gateway, one line each. */

import { statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { type BulkReport, type Left, runBulk } from '../cli/bulk/run-bulk.ts';
import { shellWord } from '../cli/shell-word.ts';
import { lockFile } from '../file-lock.ts';
import { rest } from '../rest.ts';
import { fail } from './fail.ts';
import { parsePositive, tokenOption, urlOption } from './options.ts';

interface BulkOptions {
  readonly url: string;
  readonly service: string;
  readonly client: string;
  readonly token?: string;
  readonly official?: string;
  readonly issue?: string;
  readonly purpose?: string;
  readonly batch?: string;
  readonly results?: string;
  readonly errors?: string;
  readonly resume?: boolean;
  readonly tries: number;
}

const exitCodes = { someFailed: 1, notCarriedThrough: 2, interrupted: 130 };

export function addBulkCommands(program: Command): void {
  addBulkCommand(
    program,
    'push',
    'send the messages of a file, each of which takes effect once however often it is sent',
  );
  addBulkCommand(program, 'query', 'ask the questions of a file');
}

function addBulkCommand(program: Command, name: string, description: string): void {
  program
    .command(name)
    .description(`${description}: exit code 0 when all went well, 1 when lines failed, 2 when lines have no result`)
    .argument('<file>', 'NDJSON: a message a line, or {"id": …, "message": …}; - is standard input')
    .addOption(urlOption())
    .requiredOption('--service <id>', 'service, such as VN/GOV/G01/population/get-person, with /v1 or another version')
    .requiredOption('--client <id>', 'subsystem that sends: X-Road-Client')
    .addOption(tokenOption('of that subsystem'))
    .option('--official <id>', 'official who acts: X-Road-UserId')
    .option('--issue <id>', 'case that all lines belong to: X-Road-Issue')
    .option('--purpose <purpose>', 'where the agreement grants several: Exchange-Purpose')
    .option('--batch <name>', 'what stands for the file in the ids of its lines; its name if not given')
    .option('--results <file>', 'a result a line, in order; FILE.results.ndjson if not given')
    .option('--errors <file>', 'lines that failed, to be sent again; FILE.errors.ndjson if not given')
    .option('--resume', 'go on after the last line that has a result')
    .option('--tries <number>', 'connections in a row that may bring nothing', parsePositive, 8)
    .action((file: string, options: BulkOptions) =>
      carry(name, file, options).catch((error: unknown) => fail(error, exitCodes.notCarriedThrough)),
    );
}

async function carry(command: string, file: string, options: BulkOptions): Promise<void> {
  const { service, client, resume = false } = options;
  const isInput = file === '-';
  if (isInput && (options.results === undefined || options.errors === undefined || options.batch === undefined)) {
    throw new Error('standard input has no name: give --results, --errors and --batch');
  }
  const { results = `${file}.results.ndjson`, errors = `${file}.errors.ndjson`, batch = path.basename(file) } = options;
  const leaving = new AbortController();
  // Once: a second one ends it at once, as ever.
  process.once('SIGINT', () => leaving.abort());
  const report = await runBulk({
    source: { file, batch, service: withVersion(service), client },
    totalBytes: isInput ? undefined : statSync(file).size,
    target: { url: options.url, service: withVersion(service), headers: headersOf(options) },
    results,
    errors,
    resume,
    takeLock: lockFile,
    triesMax: options.tries,
    terminal: process.stderr,
    nowMs: () => performance.now(),
    rest,
    leaving: leaving.signal,
  });
  process.stdout.write(`${describe(report, { command, results, errors, ...options })}\n`);
  const isInterrupted = leaving.signal.aborted && report.left !== undefined;
  if (isInterrupted) process.exitCode = exitCodes.interrupted;
  else if (report.left !== undefined) process.exitCode = exitCodes.notCarriedThrough;
  else if (report.failed > 0) process.exitCode = exitCodes.someFailed;
}

/** An identifier of a service has five parts. */
function withVersion(service: string): string {
  return service.split('/').length === 5 ? `${service}/v1` : service;
}

function headersOf({ client, token, official, issue, purpose }: BulkOptions): Record<string, string> {
  const headers = {
    'X-Road-Client': client,
    Authorization: token === undefined ? undefined : `Bearer ${token}`,
    'X-Road-UserId': official,
    'X-Road-Issue': issue,
    'Exchange-Purpose': purpose,
  };
  const given = Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined);
  // One character a byte, as headers go out.
  return Object.fromEntries(given.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]));
}

interface Place extends Pick<BulkOptions, 'url' | 'client' | 'issue'> {
  readonly command: string;
  readonly results: string;
  readonly errors: string;
}

function describe({ byStatus, byCode, failed, left }: BulkReport, place: Place): string {
  const { command, results, errors } = place;
  const lines = [...byStatus.values()].reduce((sum, count) => sum + count, 0);
  const counts = [...byStatus].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  const codes = [...byCode].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} × ${code}`);
  const accepted = lines - failed;
  return [
    lines === 0 ? 'no line has a result' : `${lines} lines have a result (${counts.join(', ')}): ${results}`,
    ...(command === 'push' && accepted > 0 ? [`${accepted} accepted, now or before. ${whereToLook(place)}`] : []),
    ...(failed === 0
      ? []
      : [`${failed} failed (${codes.join(', ')}): mend what needs mending in ${errors}, and send it.`]),
    ...(left === undefined ? [] : [`NOT carried through: ${left.reason.replace(/\.$/, '')}. ${goOn(left)}`]),
  ].join('\n');
}

/** In a shell's words; of a case only its own, else of all that the sender has on the way. */
function whereToLook({ url, client, issue }: Place): string {
  const ofCase = issue === undefined ? '' : ` --issue ${shellWord(issue)}`;
  return `What becomes of them: lienthong deliveries list --client ${client} --url ${url}${ofCase} --wait 60`;
}

const goOn = ({ isRefusal }: Left) =>
  isRefusal ? 'Nothing helps before that is mended; then go on with --resume.' : 'Go on with --resume.';
