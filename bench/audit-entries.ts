/** Makes up log entries for the audit bench: a year of a country's exchanges, each entry a function of its index. */

import { createHash } from 'node:crypto';

export interface EntryPlan {
  readonly entries: number;
  /** Unix milliseconds of the first entry and of the end. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Values that occur often, that occur three times, and that never occur. */
export interface Samples {
  readonly common: string;
  readonly rare: string;
  readonly absent: string;
}

const ministries = ['G01', 'G07', 'G09', 'G12', 'G15', 'G18', 'G22', 'H26', 'H29', 'H38', 'H41'];
const communes = Array.from(
  { length: 3321 },
  (_one, number) => `H${10 + (number % 34)}.${101 + Math.floor(number / 34)}`,
);
const consumers = [
  ...ministries.flatMap((code) => [`VN/GOV/${code}/portal`, `VN/GOV/${code}/case-work`]),
  ...communes.map((code) => `VN/GOV/${code}/one-stop`),
];
const services = [
  ...['verify-identity', 'get-person', 'get-household', 'confirm-residence'].map(
    (code) => `VN/GOV/G01/population/${code}`,
  ),
  ...['get-marital-status', 'get-civil-status-record'].map((code) => `VN/GOV/G15/civil-status/${code}`),
  'VN/GOV/G15/judicial-records/get-criminal-record-status',
  ...['check-benefit-eligibility', 'get-meritorious-status', 'get-household-poverty'].map(
    (code) => `VN/GOV/G07/social-protection/${code}`,
  ),
  'VN/GOV/G07/social-insurance/get-insurance',
];
const problems = [
  'purpose-not-granted',
  'quota-exceeded',
  'registry-timeout',
  'message-invalid',
  'field-not-granted',
  'agreement-missing',
  'registry-unavailable',
  'token-invalid',
];
const purposes = Array.from({ length: 40 }, (_one, number) => `purpose-${number}`);
const fieldSets = Array.from({ length: 200 }, (_one, number) =>
  ['fullName', 'dateOfBirth', 'sex', 'status', 'residence.permanent', 'residence.temporary', 'household.code', 'kin']
    .filter((_field, at) => (number >> at) & 1)
    .concat(`extra.${number}`),
);
const officials = 50_000;
const people = 5_000_000;

/** One in a thousand entries is about this person, one in twenty of this official's making: a clearing robot. */
const knownPerson = 'subject 0';
const robot = 'official 0';

const pseudonymOf = (name: string): string => createHash('sha256').update(name).digest('base64url');

export const samples = {
  consumer: { common: 'VN/GOV/G01/portal', rare: 'VN/GOV/G99/rare', absent: 'VN/GOV/G98/absent' },
  member: { common: 'VN/GOV/G01', rare: 'VN/GOV/G99', absent: 'VN/GOV/G98' },
  service: { common: services[0] ?? '', rare: 'VN/GOV/G99/rare/service', absent: 'VN/GOV/G98/absent/service' },
  purpose: { common: 'purpose-0', rare: 'purpose-rare', absent: 'purpose-absent' },
  agreement: { common: 'agreement-0-0', rare: 'agreement-rare', absent: 'agreement-absent' },
  outcome: { common: 'purpose-not-granted', rare: 'safety-level-too-low', absent: 'circuit-open' },
  official: { common: pseudonymOf(robot), rare: pseudonymOf('rare official'), absent: pseudonymOf('absent') },
  subject: { common: pseudonymOf(knownPerson), rare: pseudonymOf('rare subject'), absent: pseudonymOf('absent') },
  issue: { common: 'H26.101-260101-0000', rare: 'H26.101-260101-9999', absent: 'H26.101-260101-9998' },
} satisfies Record<string, Samples>;

/** All of them in the oldest hundredth of the log, where a search that begins with the newest entry comes last. */
function isRare(index: number, { entries }: EntryPlan): boolean {
  return [0.002, 0.004, 0.006].some((share) => Math.floor(entries * share) === index);
}

export function entryAt(index: number, plan: EntryPlan): object {
  const { entries, startMs, endMs } = plan;
  const random = randomOf(index);
  const timeMs = Math.floor(startMs + ((endMs - startMs) * index) / entries);
  const id = idOf(index, timeMs);
  const time = new Date(timeMs).toISOString();
  const official = random() < 0.05 ? robot : `official ${Math.floor(random() ** 2 * officials)}`;
  if (isRare(index, plan)) return { ...rareEntry(), id, time };
  if (index % 200 === 199) {
    return {
      durationMs: 0,
      id,
      kind: 'audit',
      look: 'exchanges',
      official: pseudonymOf(official),
      role: 'auditor',
      status: 200,
      time,
    };
  }
  const consumer = Math.floor(random() ** 4 * consumers.length);
  const service = Math.floor(random() ** 2 * services.length);
  const isRefused = random() < 0.05;
  const subject = random() < 0.001 ? knownPerson : `subject ${1 + Math.floor(random() * people)}`;
  const outcome = isRefused
    ? { problem: problems[Math.floor(random() ** 2 * problems.length)], status: 403 }
    : {
        fields: fieldSets[(consumer + service) % fieldSets.length],
        source: random() < 0.7 ? 'registry' : 'cache',
        status: 200,
      };
  return {
    agreement: `agreement-${consumer}-${service}`,
    consumer: consumers[consumer],
    durationMs: Math.floor(random() * 60),
    id,
    issue: random() < 0.6 ? issueOf(random()) : undefined,
    kind: 'query',
    legalBasis: `Decree ${service}, article ${service + 1}`,
    official: pseudonymOf(official),
    ...outcome,
    purpose: purposes[Math.floor(random() ** 2 * purposes.length)],
    service: services[service],
    subject: pseudonymOf(subject),
    subjectNumber: 1 + Math.floor(random() * 20),
    time,
    version: 'v1',
  };
}

function rareEntry(): object {
  const { agreement, consumer, issue, official, outcome, purpose, service, subject } = samples;
  return {
    agreement: agreement.rare,
    consumer: consumer.rare,
    durationMs: 1,
    issue: issue.rare,
    kind: 'query',
    legalBasis: 'Decree',
    official: official.rare,
    problem: outcome.rare,
    purpose: purpose.rare,
    service: service.rare,
    status: 403,
    subject: subject.rare,
    version: 'v1',
  };
}

/** A dossier each two entries, and one that stands in every thousandth. */
function issueOf(random: number): string {
  if (random < 0.001) return samples.issue.common;
  const number = Math.floor(random * people);
  return `H26.${101 + (number % 400)}-26${String(1 + (number % 12)).padStart(2, '0')}${String(1 + (number % 28)).padStart(2, '0')}-${String(number % 9000).padStart(4, '0')}`;
}

/** UUIDv7. */
export function idOf(index: number, timeMs: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** mulberry32, begun anew for each entry. */
function randomOf(index: number): () => number {
  let state = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
