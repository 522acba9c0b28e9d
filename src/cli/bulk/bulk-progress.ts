/** Tells how far a file has come, how fast, and how long it will take: a bar on a terminal, now and then a line elsewhere. */

import { bar, type Terminal } from '../log-lines.ts';

export interface BulkCount {
  readonly lines: number;
  readonly failed: number;
  /** Of the source. */
  readonly bytes: number;
}

export interface BulkProgress {
  update(count: BulkCount): void;
  /** What a person should know meanwhile. */
  say(text: string): void;
  end(count: BulkCount): void;
}

const barIntervalMs = 100;
const lineIntervalMs = 10_000;

/** @param totalBytes undefined where nobody knows how much will come. */
export function createBulkProgress(
  terminal: Terminal,
  totalBytes: number | undefined,
  begun: BulkCount,
  nowMs: () => number,
): BulkProgress {
  const isBar = terminal.isTTY === true;
  const startedMs = nowMs();
  let shownMs = isBar ? Number.NEGATIVE_INFINITY : startedMs;

  function describe({ lines, failed, bytes }: BulkCount): string {
    const seconds = Math.max(0.001, (nowMs() - startedMs) / 1000);
    const perSecond = (lines - begun.lines) / seconds;
    const parts = [`${lines} lines`, `${perSecond.toFixed(0)}/s`, `${failed} failed`];
    if (totalBytes === undefined) return parts.join(', ');
    const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
    const bytesPerSecond = (bytes - begun.bytes) / seconds;
    if (bytesPerSecond > 0) parts.push(`${time((totalBytes - bytes) / bytesPerSecond)} left`);
    const percent = `${Math.floor(share * 100)} %`;
    return isBar ? `${bar(share)} ${percent}, ${parts.join(', ')}` : `${percent}, ${parts.join(', ')}`;
  }

  const clear = () => isBar && terminal.write('\r\x1b[K');
  return {
    update(count) {
      if (nowMs() - shownMs < (isBar ? barIntervalMs : lineIntervalMs)) return;
      shownMs = nowMs();
      clear();
      terminal.write(isBar ? describe(count) : `${describe(count)}\n`);
    },
    say(text) {
      clear();
      terminal.write(`${text}\n`);
    },
    end(count) {
      clear();
      if (isBar) terminal.write(`${describe(count)}\n`);
    },
  };
}

/** `1:05:09`, `5:09`. */
function time(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
