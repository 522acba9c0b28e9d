/** Options that several commands share. */

import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { ConfigTexts } from '../config-reader.ts';
import { parseVerifierKey, type VerifierKey } from '../exchange-log/note/keys.ts';
import { NoteError } from '../exchange-log/note/note-error.ts';
import { type Offer, readOffer } from '../offer.ts';
import { findProjectRoot } from '../project-root.ts';

const projectRoot = findProjectRoot();

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const configOption = (): Option =>
  new Option('--config <dir>', 'configuration folder').default(path.join(projectRoot, 'config'), 'config');

export const dataOption = (): Option =>
  new Option('--data <dir>', 'data folder: keys, exchange log, embedded database').default('data');

/** The gateway that is asked. */
export const urlOption = (): Option =>
  new Option('--url <url>', 'gateway, such as https://gateway.example').makeOptionMandatory();

/** `whose` says what the token has to be: `of role operator`. */
export const tokenOption = (whose: string): Option =>
  new Option('--token <token>', `bearer token ${whose}`).env('LIENTHONG_TOKEN');

/** `texts` stand for what the files of the folder hold now. Throws ConfigError with every fault. */
export const offerOf = (configFolder: string, texts?: ConfigTexts): Promise<Offer> =>
  readOffer({ configFolder, projectRoot, env: process.env, ...(texts === undefined ? {} : { texts }) });

/** One or more keys of a log, as `lienthong log key` prints them. Throws Error that names the option. */
export function parseVerifierKeys(option: string, text: string): readonly [VerifierKey, ...VerifierKey[]] {
  const [first = '', ...others] = text.trim().split(/\s+/);
  const parse = (key: string) => parseNamedKey(option, key, 'lienthong log key');
  return [parse(first), ...others.map(parse)];
}

/** `printedBy` is the command that prints such keys. No part of the text is told: it might be a private key. */
export function parseNamedKey(option: string, text: string, printedBy: string): VerifierKey {
  const form = `one looks like name+8 hexadecimal digits+base64, in one piece, and "${printedBy}" prints it`;
  if (text === '') throw new Error(`${option} is empty: it must be a verifier key; ${form}`);
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new Error(`${option} is no verifier key, or cut off (${error.message}): ${form}`, { cause: error });
  }
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
