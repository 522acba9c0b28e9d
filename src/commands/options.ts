/** Options that several commands share. */

import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { parseVerifierKey, type VerifierKey } from '../exchange-log/note/keys.ts';
import { type Offer, readOffer } from '../offer.ts';
import { findProjectRoot } from '../project-root.ts';

const projectRoot = findProjectRoot();

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const configOption = (): Option =>
  new Option('--config <dir>', 'configuration folder').default(path.join(projectRoot, 'config'), 'config');

export const dataOption = (): Option =>
  new Option('--data <dir>', 'data folder: keys, exchange log, embedded database').default('data');

/** Throws ConfigError with every fault. */
export const offerOf = (configFolder: string): Promise<Offer> =>
  readOffer({ configFolder, projectRoot, env: process.env });

/** One or more keys of a log, as `lienthong log key` prints them. Throws NoteError. */
export function parseVerifierKeys(text: string): readonly [VerifierKey, ...VerifierKey[]] {
  const [first = '', ...others] = text.trim().split(/\s+/);
  return [parseVerifierKey(first), ...others.map(parseVerifierKey)];
}

export function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('It must be 0 to 65535.');
  return port;
}

/** A whole number from 0, such as the place of an entry. */
export function parseIndex(value: string): number {
  const index = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(index))
    throw new InvalidArgumentError('It must be a whole number.');
  return index;
}

export function parsePositive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
}
