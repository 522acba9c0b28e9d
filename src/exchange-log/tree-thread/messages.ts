/** What the thread that writes the log and the thread that has its tree say to each other. */

import type { TreeState } from '../integrator.ts';
import type { ToldFailure } from './told-failure.ts';

export interface TreeThreadSetup {
  readonly folder: string;
  /** The tree that the files hold; undefined for a new log. */
  readonly head: { readonly size: number; readonly root: Uint8Array } | undefined;
  readonly backlogEntriesMax: number;
  /** One 64-bit number: entries that are in the tree, as long as few enough of its files wait for the disk. */
  readonly taken: SharedArrayBuffer;
}

export type TreeMessage = Addition | TreeRequest | 'close';

export interface Addition {
  /** Durable entries in the form of a bundle, however many. */
  readonly bundle: Uint8Array;
  readonly count: number;
}

export interface TreeRequest {
  readonly id: number;
  readonly question: TreeQuestion;
}

export type TreeQuestion =
  | { readonly kind: 'room' }
  | { readonly kind: 'caught-up' }
  /** The tree once it has that many entries, or more. */
  | { readonly kind: 'state'; readonly size: number }
  | { readonly kind: 'tile'; readonly level: number; readonly index: number; readonly width: number }
  | { readonly kind: 'entries'; readonly from: number; readonly count: number };

/** Answers to the kinds of questions; entries in the form of a bundle. */
export interface TreeAnswers {
  room: undefined;
  'caught-up': undefined;
  state: TreeState;
  tile: Uint8Array;
  entries: Uint8Array;
}

export type TreeReply =
  | { readonly id: number; readonly answer: TreeAnswers[keyof TreeAnswers] }
  | { readonly id: number; readonly refused: ToldFailure }
  /** First of all: the tree is restored from its files. */
  | 'ready'
  /** The tree cannot go on. */
  | { readonly failed: ToldFailure };

/** A message brings bytes as a plain Uint8Array, whatever they were; no copy. */
export const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
