/** What households and their people have in common: a home, a marriage, a death, a corrected PIN. */

import { deathAct, marriageAct, refTo } from './acts.ts';
import type { Book, Draft, Home } from './person.ts';
import { addressIn, mergerDay, randomLine, randomPlace } from './places.ts';
import { latest } from './random.ts';
import type { SampleMarriage } from './types.ts';

/** A new home; its address has been written anew in 40 of 100 cases. */
export function newHome(book: Book, since?: string): Home {
  const { random, households } = book;
  return {
    code: String(990_000_001 + households.length),
    place: randomPlace(random),
    nth: random.between(0, 5),
    line: randomLine(random),
    since: since ?? random.dayIn(random.between(1996, 2024)),
    recoded: random.chance(0.4),
  };
}

/** Writes the household down; the dead and records out of use do not belong to it. */
export function closeHousehold(book: Book, home: Home, persons: readonly Draft[]): void {
  const living = persons.filter(({ status }) => status === 'active' || status === 'missing');
  const head = living[0];
  if (head === undefined) return;
  head.relation = 'head';
  const asOf = home.recoded ? mergerDay : '2021-07-01';
  book.households.push({
    code: home.code,
    head: refTo(head),
    members: living.map(({ pin }) => pin),
    residence: addressIn(home.place, home.line, latest(home.since, asOf), home.nth),
  });
}

/** Marries the two in the books. */
export function marry(book: Book, home: Home, husband: Draft, wife: Draft, day: string): SampleMarriage {
  const marriage = marriageAct(book.random, home, husband, wife, day);
  book.marriages.push(marriage);
  husband.maritalStatus = 'married';
  wife.maritalStatus = 'married';
  husband.spouse = refTo(wife);
  wife.spouse = refTo(husband);
  return marriage;
}

/** Records a death, the end of the marriage and the widowhood. */
export function die(book: Book, home: Home, dead: Draft, left: Draft, marriage: SampleMarriage, on: string): void {
  dead.status = 'deceased';
  dead.death = deathAct(book.random, home, on);
  left.maritalStatus = 'widowed';
  delete left.spouse;
  delete dead.spouse;
  book.marriages[book.marriages.indexOf(marriage)] = { ...marriage, ended: { on, by: 'death' } };
}

/** Makes two records of one person out of two: the old one points to the new one, which agrees in all that was not wrong. */
export function replacePin(before: Draft, after: Draft): void {
  Object.assign(after, {
    ethnicity: before.ethnicity,
    religion: before.religion,
    birthRegistrationPlace: before.birthRegistrationPlace,
    nativePlace: before.nativePlace,
    ...(before.father !== undefined && { father: before.father }),
    ...(before.mother !== undefined && { mother: before.mother }),
  } satisfies Partial<Draft>);
  before.status = 'replaced';
  before.replacedBy = after.pin;
  after.replaces = before.pin;
}
