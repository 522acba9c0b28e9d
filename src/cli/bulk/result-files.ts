/** Keeps results and failed lines in two files, so that what was carried through is known after any end, and what failed can be sent again. */

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createLineSplitter } from '../../exchange/bulk/split-lines.ts';
import type { SourceLine } from './source-lines.ts';

/** A line of the gateway's answer. */
export interface ResultLine {
  readonly line: number;
  readonly id: string;
  readonly status: number;
  readonly problem?: { readonly code: string };
}

export interface Carried {
  /** The last line of the source that has its result; 0 where none has. */
  readonly line: number;
  readonly id: string | undefined;
  readonly byStatus: ReadonlyMap<number, number>;
}

export interface ResultFiles {
  readonly before: Carried;
  /** `printed` is the gateway's line; the result keeps the number that its line has in the source. */
  add(source: SourceLine, result: ResultLine, printed: string): void;
  /** A result is on file only after its error. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Personal data may stand in both. */
const mode = 0o600;
const resultBytesMax = 64 * 1024 * 1024;

/** Goes on with files that are there if `resume`; throws Error otherwise, rather than lose them. */
export async function openResultFiles(results: string, errors: string, resume: boolean): Promise<ResultFiles> {
  const resultFile = await openFile(results, resume);
  const errorFile = await openFile(errors, resume).catch(async (error: unknown) => {
    await resultFile.close();
    throw error;
  });
  const before = await cutAfter(results, resultFile, Number.MAX_SAFE_INTEGER);
  await cutAfter(errors, errorFile, before.line);
  let resultText = '';
  let errorText = '';
  return {
    before,
    add(source, result, printed) {
      resultText += `${printed.replace(/^\{"line":\d+/, `{"line":${source.number}`)}\n`;
      if (result.status >= 400) errorText += errorLine(source, printed);
    },
    async flush() {
      const [failed, done] = [errorText, resultText];
      errorText = '';
      resultText = '';
      if (failed !== '') await errorFile.appendFile(failed);
      if (done !== '') await resultFile.appendFile(done);
    },
    async close() {
      await errorFile.close();
      await resultFile.close();
    },
  };
}

async function openFile(file: string, resume: boolean): Promise<FileHandle> {
  try {
    return await open(file, resume ? 'a+' : 'ax+', mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${file} is there already: --resume goes on with it, or name another file`, { cause: error });
  }
}

/** Cuts off a torn last line, and what is about later lines of the source. */
async function cutAfter(file: string, handle: FileHandle, lineMax: number): Promise<Carried> {
  const splitter = createLineSplitter(resultBytesMax);
  const byStatus = new Map<number, number>();
  let bytes = 0;
  let last: { line: number; id: string | undefined } = { line: 0, id: undefined };
  read: for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (const { number, content } of splitter.split(chunk)) {
      const one = content === undefined ? undefined : parseResult(content);
      if (one === undefined) throw new Error(`line ${number} of ${file} is no result: name another file`);
      if (one.line > lineMax) break read;
      bytes += (content?.byteLength ?? 0) + 1;
      last = { line: one.line, id: one.id };
      if (one.status !== undefined) byStatus.set(one.status, (byStatus.get(one.status) ?? 0) + 1);
    }
  }
  await handle.truncate(bytes);
  return { ...last, byStatus };
}

function parseResult(content: Uint8Array): { line: number; id: string | undefined; status?: number } | undefined {
  try {
    const one = JSON.parse(Buffer.from(content).toString());
    return Number.isSafeInteger(one.line) ? one : undefined;
  } catch {
    return undefined;
  }
}

/** The line as it was sent, with its problem: it can be sent again as it stands. */
function errorLine({ number, id, bytes }: SourceLine, printed: string): string {
  const { problem } = JSON.parse(printed);
  const sent = bytes.toString().trimEnd();
  const members = id === undefined ? `"message":${JSON.stringify(sent)}` : sent.slice(1, -1);
  return `{"line":${number},${members},"problem":${JSON.stringify(problem)}}\n`;
}
