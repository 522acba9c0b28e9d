/** Keeps results and failed lines in two files, so that what was carried through is known after any end, and what failed can be sent again. */

import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, unlink } from 'node:fs/promises';
import { createLineSplitter } from '../../exchange/bulk/split-lines.ts';
import { demandDistinctFiles } from './distinct-files.ts';
import type { SourceLine } from './source-lines.ts';

/** A line of the gateway's answer, or of a file of results. */
export interface ResultLine {
  readonly line: number;
  readonly id: string;
  readonly status: number;
  readonly problem?: { readonly code: string };
  /** Digest of the line as it was sent; absent in the gateway's own. */
  readonly sent?: string;
}

export interface ResultFiles {
  /** What was on file already, in the order of the source's lines. */
  before(): AsyncGenerator<ResultLine, void, undefined>;
  /** `printed` is the gateway's line; the result keeps the number that its line has in the source. */
  add(source: SourceLine, result: ResultLine, printed: string): void;
  /** A result is on file only after its error. */
  flush(): Promise<void>;
  /** Leaves no empty files that nothing was added to. */
  close(): Promise<void>;
}

export interface FileNames {
  /** `-` is standard input. */
  readonly source: string;
  readonly results: string;
  readonly errors: string;
}

/** Ends with the process that has it. */
export interface ResultLock {
  release(): void;
}

/** Undefined where another process has the lock of that name. */
export type TakeLock = (file: string) => ResultLock | undefined;

/** Personal data may stand in both. */
const mode = 0o600;
const resultBytesMax = 64 * 1024 * 1024;

/**
 * Goes on with files that are there if `resume`; throws Error otherwise, rather than lose them, and where another process
 * writes them: the results of two would stand among each other.
 */
export async function openResultFiles(names: FileNames, resume: boolean, takeLock: TakeLock): Promise<ResultFiles> {
  const { source, results, errors } = names;
  await demandDistinctFiles({ results, errors }, source === '-' ? undefined : source);
  const lockName = `${results}.lock`;
  const lock = takeOrSay(takeLock, lockName);
  if (lock === undefined) throw new Error(`another process writes ${results}: wait for its end, or end it`);
  const unlock = async () => {
    await rm(lockName, { force: true });
    lock.release();
  };
  try {
    const files = await openBoth(names, resume);
    return { ...files, close: () => files.close().finally(unlock) };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function takeOrSay(takeLock: TakeLock, name: string): ResultLock | undefined {
  try {
    return takeLock(name);
  } catch (cause) {
    const mend = 'name --results in a folder that you may write to, on a file system that has locks';
    throw new Error(`${name} cannot be made: ${mend}`, { cause });
  }
}

async function openBoth({ results, errors }: FileNames, resume: boolean): Promise<ResultFiles> {
  const resultFile = await openFile(results, resume);
  const errorFile = await openFile(errors, resume).catch(async (error: unknown) => {
    await resultFile.close();
    throw error;
  });
  let resultText = '';
  let errorText = '';
  const close = async () => {
    const sizes = await Promise.all([resultFile, errorFile].map(async (file) => (await file.stat()).size));
    await errorFile.close();
    await resultFile.close();
    if (sizes.every((bytes) => bytes === 0)) await Promise.all([unlink(results), unlink(errors)]);
  };
  try {
    const last = await cutAfter(results, resultFile, Number.MAX_SAFE_INTEGER);
    await cutAfter(errors, errorFile, last);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async *before() {
      for await (const { result } of linesOf(results)) yield result as ResultLine;
    },
    add(source, result, printed) {
      const place = `{"line":${source.number},"sent":"${digestOf(source)}"`;
      resultText += `${printed.replace(/^\{"line":\d+/, place)}\n`;
      if (result.status >= 400) errorText += errorLine(source, printed);
    },
    async flush() {
      const [failed, done] = [errorText, resultText];
      errorText = '';
      resultText = '';
      if (failed !== '') await errorFile.appendFile(failed);
      if (done !== '') await resultFile.appendFile(done);
    },
    close,
  };
}

const digestBytes = 12;

/** Whether a line is the one that was sent before. */
export function digestOf({ bytes }: Pick<SourceLine, 'bytes'>): string {
  return hash('sha256', bytes, 'buffer').toString('base64url', 0, digestBytes);
}

async function openFile(file: string, resume: boolean): Promise<FileHandle> {
  try {
    return await open(file, resume ? 'a+' : 'ax+', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${file} is there already: --resume goes on with it, or name another file`, { cause: error });
  }
}

/** Cuts off a torn last line, and what is about later lines of the source. Gives the last line that is left, 0 for none. */
async function cutAfter(file: string, handle: FileHandle, lineMax: number): Promise<number> {
  let bytes = 0;
  let last = 0;
  for await (const { number, result, end } of linesOf(file)) {
    // What cannot be read is another file, which nothing is cut off from.
    if (result === undefined) throw new Error(`line ${number} of ${file} is no result: name another file`);
    if (result.line > lineMax) break;
    bytes = end;
    last = result.line;
  }
  if (bytes < (await handle.stat()).size) await handle.truncate(bytes);
  return last;
}

interface FiledLine {
  readonly number: number;
  /** Undefined where the line is none. */
  readonly result: (Partial<ResultLine> & Pick<ResultLine, 'line'>) | undefined;
  /** Where it ends in the file, bytes. */
  readonly end: number;
}

async function* linesOf(file: string): AsyncGenerator<FiledLine, void, undefined> {
  const splitter = createLineSplitter(resultBytesMax);
  let end = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (const { number, content } of splitter.split(chunk)) {
      end += (content?.byteLength ?? 0) + 1;
      yield { number, result: content === undefined ? undefined : parseResult(content), end };
    }
  }
}

function parseResult(content: Uint8Array): FiledLine['result'] {
  try {
    const one = JSON.parse(Buffer.from(content).toString());
    return Number.isSafeInteger(one.line) ? one : undefined;
  } catch {
    return undefined;
  }
}

/** The line as it was sent, with its problem. */
function errorLine({ number, id, bytes }: SourceLine, printed: string): string {
  const { problem } = JSON.parse(printed);
  const sent = bytes.toString().trimEnd();
  const members = id === undefined ? `"message":${sent}` : sent.slice(1, -1);
  return `{"line":${number},${members},"problem":${JSON.stringify(problem)}}\n`;
}
