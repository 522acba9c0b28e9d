/** Cuts a process's output into lines, each of bounded length, so that one without line ends cannot fill the memory. */

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Calls back for each line; a longer one than `lineCharsMax` arrives in pieces. */
export function eachLine(stream: Readable, lineCharsMax: number, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) emit(line);
    if (rest.length >= lineCharsMax) {
      emit(rest);
      rest = '';
    }
  });
  stream.on('end', () => emit(rest));
  // The end of the process is what counts; a pipe that breaks with it is no news.
  stream.on('error', () => undefined);

  function emit(line: string): void {
    for (let start = 0; start < line.length; start += lineCharsMax) onLine(line.slice(start, start + lineCharsMax));
  }
}
