/** What the audit bench asks of the index: every filter by itself, with values that are common, rare and absent. */

import { printCursor } from '../src/audit/cursor.ts';
import type { AuditFilter, AuditIndex } from '../src/exchange/audit.ts';
import { type EntryPlan, idOf, type Samples, samples } from './audit-entries.ts';

export interface Question {
  readonly name: string;
  /** Resolves with the number of rows. */
  readonly ask: (index: AuditIndex) => Promise<number>;
}

const limit = 100;
const dayMs = 86_400_000;

export function auditQuestions(plan: EntryPlan): Question[] {
  const { startMs, endMs, entries } = plan;
  // A place four fifths of the way down.
  const deepMs = Math.floor(startMs + (endMs - startMs) / 5);
  const after = printCursor({ timeMs: deepMs, log: 1, index: entries });
  const first = (name: string, filter: AuditFilter): Question => ({
    name,
    ask: async (index) => (await index.search(filter, { limit })).rows.length,
  });
  const pages = (name: string, filter: AuditFilter): Question[] => [
    first(name, filter),
    { name: `${name}, deep page`, ask: async (index) => (await index.search(filter, { limit, after })).rows.length },
  ];
  const each = (name: string, { common, rare, absent }: Samples, filter: (value: string) => AuditFilter) => [
    ...pages(`${name}, common`, filter(common)),
    first(`${name}, three rows`, filter(rare)),
    first(`${name}, absent`, filter(absent)),
  ];
  const days = (count: number) => ({ fromMs: endMs - count * dayMs, toMs: endMs });
  const summary = (name: string, filter: Parameters<AuditIndex['statistics']>[0]): Question => ({
    name: `statistics ${name}`,
    ask: async (index) => (await index.statistics(filter)).length,
  });
  const about = (name: string, subject: string): Question => ({
    name: `who asked about a person, ${name}`,
    ask: async (index) => (await index.accessesOf({ subjects: [subject] })).length,
  });
  return [
    ...pages('no filter', {}),
    first('one day of the first month', { fromMs: startMs + 5 * dayMs, toMs: startMs + 6 * dayMs }),
    ...pages('kind query', { kind: 'query' }),
    ...pages('kind audit', { kind: 'audit' }),
    first('kind admin, absent', { kind: 'admin' }),
    ...each('consumer', samples.consumer, (consumer) => ({ consumer })),
    ...each('consumer by member', samples.member, (consumer) => ({ consumer })),
    ...each('service', samples.service, (service) => ({ service })),
    ...pages('service by subsystem', { service: 'VN/GOV/G01/population' }),
    ...each('service by member', samples.member, (service) => ({ service })),
    ...each('member on either side', samples.member, (member) => ({ member })),
    ...pages('every member (VN/GOV) on either side', { member: 'VN/GOV' }),
    ...each('purpose', samples.purpose, (purpose) => ({ purpose })),
    ...each('agreement', samples.agreement, (agreement) => ({ agreement })),
    ...pages('outcome ok', { outcome: 'ok' }),
    ...pages('outcome refused', { outcome: 'refused' }),
    ...each('outcome, one problem', samples.outcome, (outcome) => ({ outcome: outcome as 'ok' })),
    ...each('official', samples.official, (official) => ({ officials: [official] })),
    ...each('subject', samples.subject, (subject) => ({ subjects: [subject] })),
    ...each('issue', samples.issue, (issue) => ({ issues: [issue] })),
    first('member and subject', { member: samples.member.common, subjects: [samples.subject.common] }),
    first('member and refused', { member: samples.member.common, outcome: 'refused' }),
    first('consumer and service that never met', { consumer: 'VN/GOV/G01/portal', service: samples.service.rare }),
    {
      name: 'exchange by id',
      ask: async (index) => ((await index.find(idOf(0, startMs))) === undefined ? 0 : 1),
    },
    summary('of a day', days(1)),
    summary('of a consumer, a year', { consumer: samples.consumer.common }),
    summary('of a rare consumer, a year', { consumer: samples.consumer.rare }),
    summary('of refusals, a week', { ...days(7), outcome: 'refused' }),
    summary('of a member, a month', { ...days(30), member: 'VN/GOV/G12' }),
    about('common', samples.subject.common),
    about('three rows', samples.subject.rare),
    about('absent', samples.subject.absent),
  ];
}
