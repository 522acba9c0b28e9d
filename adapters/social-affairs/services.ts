/** Answers the four services: asks the registry by its SQL files and words the rows as the messages that the schemas promise. */

import { type Call, dayInVietNam, type ServiceHandler, type SqlSource } from '../../src/adapter-kit/index.ts';
import { assessEligibility, type BenefitCategory } from './eligibility.ts';
import { benefit, insurance, meritorious, personFacts, poverty } from './rows.ts';

interface SubjectMessage {
  readonly pin: string;
}

const notFound = { found: false };

/** `nowMs` is the clock, Unix milliseconds: benefits and cards run by the day in Viet Nam. */
export function socialAffairsServices(source: SqlSource, nowMs: () => number): Record<string, ServiceHandler> {
  const today = () => dayInVietNam(nowMs());
  return {
    'check-benefit-eligibility.v1': async (message: SubjectMessage & { category: BenefitCategory }, call: Call) => {
      const { pin, category } = message;
      const day = today();
      // One after the other: a call holds one connection at most, so that the calls of concurrencyMax fit pool and queue.
      const [person] = await source.query('person-facts', { pin }, call.signal);
      if (person === undefined) return notFound;
      const circumstances = await source.query('circumstances', { pin, day }, call.signal);
      const benefits = await source.query('current-benefits', { pin, day }, call.signal);
      const assessment = assessEligibility(category, personFacts(person, circumstances, benefits), day);
      return { found: true, eligibility: { ...assessment, currentBenefits: benefits.map(benefit) } };
    },

    'get-meritorious-status.v1': async ({ pin }: SubjectMessage, call: Call) => {
      const [row] = await source.query('meritorious-status', { pin }, call.signal);
      return row === undefined ? notFound : { found: true, meritorious: meritorious(row) };
    },

    'get-household-poverty.v1': async ({ pin, year }: SubjectMessage & { year?: number }, call: Call) => {
      const [row] = await source.query('household-poverty', { pin, year: year ?? null }, call.signal);
      return row === undefined ? notFound : { found: true, poverty: poverty(row) };
    },

    'get-insurance.v1': async ({ pin }: SubjectMessage, call: Call) => {
      const [row] = await source.query('insurance', { pin }, call.signal);
      return row === undefined ? notFound : { found: true, insurance: insurance(row, today()) };
    },
  };
}
