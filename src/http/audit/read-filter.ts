/** Reads what an auditor searches for: the filter for the index, and the same as the log may keep it. */

import type { AuditFilter } from '../../exchange/audit.ts';
import type { AuditScope } from '../../exchange/callers.ts';
import { entryKinds } from '../../exchange/entries.ts';
import type { XRoadId } from '../../exchange/types.ts';
import { problemKinds } from '../../problem-kinds.ts';
import type { ProblemCode } from '../../problems.ts';
import type { AuditRouteDependencies } from './audit-dependencies.ts';
import { identifier, moment, oneOf, word } from './forms.ts';
import type { ParameterSource, Parameters } from './parameters.ts';
import { issue, type Person, person } from './personal-forms.ts';

export interface ReadFilter {
  readonly filter: AuditFilter;
  /** For the look's entry: people and free text as the log names them. */
  readonly recorded: Record<string, string>;
  /** Pseudonym of the person whom the search is about. */
  readonly subject: string | undefined;
  /** What the search takes beyond the scope of its route. */
  readonly scopes: readonly AuditScope[];
}

type Deps = Pick<AuditRouteDependencies, 'pseudonyms' | 'canonical' | 'isKnown' | 'isAgreed' | 'limits'>;

const outcomes: readonly ('ok' | 'refused' | ProblemCode)[] = [
  'ok',
  'refused',
  ...(Object.keys(problemKinds) as ProblemCode[]),
];
/** As in agreement.schema.json. */
const purposeForm = /^[a-z0-9-]{1,64}$/;
const agreementForm = /^[A-Za-z0-9._-]{1,64}$/;
const post = '/v1/audit/exchanges/search';

/** Every filter there is. */
export function readSearch(parameters: Parameters, deps: Deps, member: XRoadId | undefined): ReadFilter {
  const { pseudonyms, isAgreed, limits } = deps;
  const printed = (use: 'purpose' | 'agreement', text: string | undefined) =>
    text === undefined || isAgreed(use, text) ? text : pseudonyms.text(text);
  const { userIdCharactersMax, issueCharactersMax } = limits.xRoad;
  const times = readTimes(parameters);
  const parties = readParties(parameters, deps, member);
  const kind = parameters.read('kind', oneOf(entryKinds));
  const purpose = parameters.read('purpose', word(purposeForm));
  const agreement = parameters.read('agreement', word(agreementForm));
  const official = parameters.read(
    'official',
    person('userId', pseudonyms, { charactersMax: userIdCharactersMax, post }),
  );
  const subject = parameters.read('subject', person('pin', pseudonyms, { charactersMax: userIdCharactersMax, post }));
  // Whoever writes them so is told where they may stand, and that it is not the address.
  parameters.forbid('pin', misplaced(`POST ${post} takes {"subject": {"pin": …}}`));
  parameters.forbid('userId', misplaced(`POST ${post} takes {"official": {"userId": …}}`));
  const dossier = parameters.read('issue', issue(pseudonyms, { charactersMax: issueCharactersMax, post }));
  return {
    filter: defined({
      ...times.filter,
      ...parties.filter,
      kind,
      purpose,
      agreement,
      officials: official?.pseudonyms,
      subjects: subject?.pseudonyms,
      issues: dossier?.anyOf,
    }),
    recorded: defined({
      ...times.recorded,
      ...parties.recorded,
      kind,
      purpose: printed('purpose', purpose),
      agreement: printed('agreement', agreement),
      official: official?.pseudonym,
      subject: subject?.pseudonym,
      issue: dossier?.recorded,
    }),
    subject: subject?.pseudonym,
    scopes: scopesFor(official, subject, dossier),
  };
}

const misplaced = (right: string) => (source: ParameterSource) =>
  source === 'query' ? `never stands in an address: ${right}` : `is no member of its own here: ${right}`;

/** Who asked what, and what came of it. */
export function readParties(
  parameters: Parameters,
  { canonical, isKnown, limits, pseudonyms }: Deps,
  member: XRoadId | undefined,
): Pick<ReadFilter, 'filter' | 'recorded'> {
  const { identifierCharactersMax } = limits.xRoad;
  const consumer = parameters.read('consumer', identifier(4, identifierCharactersMax, canonical));
  const service = parameters.read('service', identifier(5, identifierCharactersMax, canonical));
  const outcome = parameters.read('outcome', oneOf(outcomes));
  const printed = (id: XRoadId | undefined) => (id === undefined || isKnown(id) ? id : pseudonyms.text(id));
  return {
    filter: defined({ consumer, service, outcome, member }),
    recorded: defined({ consumer: printed(consumer), service: printed(service), outcome }),
  };
}

export function readTimes(parameters: Parameters): Pick<ReadFilter, 'filter' | 'recorded'> {
  const fromMs = parameters.read('from', moment('from'));
  const toMs = parameters.read('to', moment('to'));
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    parameters.refuse('to', 'range', 'must be later than from');
  }
  const printed = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  return { filter: defined({ fromMs, toMs }), recorded: defined({ from: printed(fromMs), to: printed(toMs) }) };
}

/** Finding a person by what they are called outside the log takes a right of its own; free text may be a number or a name. */
function scopesFor(...people: readonly (Pick<Person, 'inTheClear'> | undefined)[]): readonly AuditScope[] {
  return people.some((one) => one?.inTheClear) ? ['subjects'] : [];
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without what is absent. */
function defined<T extends object>(all: T): Defined<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Defined<T>;
}
