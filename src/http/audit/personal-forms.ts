/** Values that may name a person: in an address only as the log names them, in the clear only in a message. */

import { printIssue } from '../../exchange/entry.ts';
import type { Pseudonyms } from '../../exchange/ports.ts';
import type { Form } from './parameters.ts';

/** One person as the log names them. */
export interface Person {
  /** Every name so far, for a search. */
  readonly pseudonyms: readonly string[];
  /** The present one, for the record of the search. */
  readonly pseudonym: string;
  /** Asked for by a number of the person's own, which takes more rights than a name out of the log. */
  readonly inTheClear: boolean;
}

export interface Issue {
  /** The forms in which entries may hold it. */
  readonly anyOf: readonly string[];
  /** The form in which a search for it is recorded. */
  readonly recorded: string;
  /** No dossier code and no name out of the log: it may be what a person is called. */
  readonly inTheClear: boolean;
}

/** HMAC-SHA-256 in base64url (RFC 4648 section 5): its last character has four bits. */
const pseudonymCharacters = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
/** By chance in one of a hundred million names: rather that person's name is refused than somebody's number recorded. */
const wholePin = /(?<!\d)\d{12}(?!\d)/;
const isPseudonym = (value: string) => pseudonymCharacters.test(value) && !wholePin.test(value);
/** Twelve digits, or the nine of an old identity card. */
const personalNumber = /(?<!\d)(?:\d{12}|\d{9})(?!\d)/;
const pinForm = /^\d{12}$/;
/** What no header can carry either. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u;

export const holdsPersonalNumber = (value: string): boolean => personalNumber.test(value);

/** `{"pin": …}` of a subject, `{"userId": …}` of an official, or `{"pseudonym": …}`. */
export function person(
  clear: 'pin' | 'userId',
  pseudonyms: Pseudonyms,
  { charactersMax, post }: { readonly charactersMax: number; readonly post: string },
): Form<Person> {
  const isClear = (value: unknown): value is string =>
    clear === 'pin' ? isPin(value) : isVisibleText(value, charactersMax);
  const inTheClear = clear === 'pin' ? subjectInTheClear : officialInTheClear;
  const demanded = clear === 'pin' ? 'a personal number of 12 digits' : `at most ${charactersMax} visible characters`;
  return {
    rule: 'person',
    demands: (source) =>
      source === 'query'
        ? `must be a pseudonym out of the log, never a personal number: for that, POST ${post} takes {"${clear}": …}`
        : `must be {"${clear}": …}, ${demanded}, or {"pseudonym": …}, 43 characters as the log has them`,
    read: (value, source) => {
      if (source === 'query') return byPseudonym(value);
      const [[name, inner] = [], ...more] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
      if (more.length > 0) return undefined;
      if (name === 'pseudonym') return byPseudonym(inner);
      return name === clear && isClear(inner) ? { value: inTheClear(pseudonyms, inner) } : undefined;
    },
  };
}

/** A message's own member, without a choice of names. */
export const pin = (pseudonyms: Pseudonyms): Form<Person> => ({
  rule: 'format:pin',
  demands: () => 'must be a personal number of 12 digits',
  read: (value) => (isPin(value) ? { value: subjectInTheClear(pseudonyms, value) } : undefined),
});

/** As it was sent in X-Road-Issue, or as an entry holds it. */
export function issue(
  pseudonyms: Pseudonyms,
  { charactersMax, post }: { readonly charactersMax: number; readonly post: string },
): Form<Issue> {
  return {
    rule: 'text',
    demands: () => `must be text of at most ${charactersMax} visible characters`,
    read: (value, source) => {
      if (!isVisibleText(value, charactersMax)) return undefined;
      const recorded = isPseudonym(value) ? value : printIssue(pseudonyms, value);
      if (source === 'query' && recorded !== value) {
        return `must be a dossier code or a name out of the log: any other text may be personal, POST ${post} takes it`;
      }
      const inTheClear = recorded !== value;
      return { value: { anyOf: [value, ...pseudonyms.textEver(value)], recorded, inTheClear } };
    },
  };
}

function byPseudonym(value: unknown): { readonly value: Person } | undefined {
  if (typeof value !== 'string' || !isPseudonym(value)) return undefined;
  return { value: { pseudonyms: [value], pseudonym: value, inTheClear: false } };
}

function subjectInTheClear(pseudonyms: Pseudonyms, identifier: string): Person {
  const known = pseudonyms.personEver(identifier);
  return { pseudonyms: known, pseudonym: pseudonyms.person(identifier), inTheClear: true };
}

function officialInTheClear(pseudonyms: Pseudonyms, identifier: string): Person {
  const known = pseudonyms.officialEver(identifier);
  return { pseudonyms: known, pseudonym: pseudonyms.official(identifier), inTheClear: true };
}

export function isPin(value: unknown): value is string {
  return typeof value === 'string' && pinForm.test(value);
}

function isVisibleText(value: unknown, charactersMax: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= charactersMax && !unprintable.test(value);
}
