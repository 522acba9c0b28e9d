/** Acts in the civil-status books: births, marriages and their ends, deaths. */

import type { Draft } from './person.ts';
import { committee, type Place } from './places.ts';
import { addDays, type Random, yearOf } from './random.ts';
import type { SampleBirth, SampleDeath, SampleMarriage, SampleRef, SampleRegistration } from './types.ts';

export interface PlaceOfActs {
  readonly place: Place;
  /** Which of the place's communes. */
  readonly nth: number;
}

export const refTo = ({ pin, fullName }: Draft): SampleRef => ({ pin, fullName });

function registrationOf(random: Random, { place, nth }: PlaceOfActs, day: string): SampleRegistration {
  const year = yearOf(day);
  return {
    number: `${random.between(1, 480)}/${year}`,
    book: `${String(random.between(1, 4)).padStart(2, '0')}/${year}`,
    page: String(random.between(1, 200)),
    date: day,
    place: committee(place, day, nth),
  };
}

export interface BirthFacts {
  readonly day: string;
  readonly declarant: SampleRef;
  readonly multiplicity: SampleBirth['multiplicity'];
  readonly order: SampleBirth['order'];
}

/** Health facilities have issued numbered notifications since 2012. */
export function birthAct(
  random: Random,
  at: PlaceOfActs,
  { day, declarant, multiplicity, order }: BirthFacts,
): SampleBirth {
  const numbered = yearOf(day) >= 2012;
  return {
    declarant,
    ...(numbered && { notificationNumber: `GCS-${yearOf(day)}-${String(random.between(1, 99_999)).padStart(5, '0')}` }),
    multiplicity,
    order,
    registration: registrationOf(random, at, notAfterSnapshot(addDays(day, random.between(2, 50)))),
  };
}

export function marriageAct(random: Random, at: PlaceOfActs, husband: Draft, wife: Draft, day: string): SampleMarriage {
  return { husband: refTo(husband), wife: refTo(wife), registration: registrationOf(random, at, day) };
}

export function endedByCourt(random: Random, marriage: SampleMarriage, on: string): SampleMarriage {
  const by = random.chance(0.03) ? 'annulment' : 'divorce';
  const judgmentNumber = `${random.between(1, 300)}/${yearOf(on)}/QĐST-HNGĐ`;
  return { ...marriage, ended: { on, by, judgmentNumber } };
}

export function deathAct(random: Random, at: PlaceOfActs, day: string): SampleDeath {
  const monthOnly = random.chance(0.04);
  return {
    date: monthOnly ? { value: day.slice(0, 7), precision: 'month' } : { value: day, precision: 'day' },
    ...(!monthOnly && random.chance(0.6) && { time: timeOfDay(random) }),
    place: random.pick(['Tại nhà riêng', 'Bệnh viện đa khoa tỉnh', 'Trung tâm y tế']),
    ...(random.chance(0.7) && {
      cause: random.pick(['Bệnh tim mạch', 'Bệnh hô hấp', 'Tuổi cao', 'Tai nạn giao thông']),
    }),
    noticeNumber: `GBT-${yearOf(day)}-${String(random.between(1, 9_999)).padStart(4, '0')}`,
    registration: registrationOf(random, at, notAfterSnapshot(addDays(day, random.between(1, 12)))),
  };
}

function timeOfDay(random: Random): string {
  return `${String(random.between(0, 23)).padStart(2, '0')}:${String(random.between(0, 59)).padStart(2, '0')}`;
}

/** The sample is a snapshot of 1 January 2026: nothing in it is later. */
function notAfterSnapshot(day: string): string {
  return day > '2025-12-31' ? '2025-12-31' : day;
}
