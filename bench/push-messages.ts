/** The pushes that benchmarks send: changes of residence of people whom the sample registry knows, as a locality reports them. */

import { samplePopulation } from '../adapters/sample-people/index.ts';

export const pushSender = 'VN/GOV/H26/one-stop';
export const pushService = 'VN/GOV/G01/population/report-residence-change';
export const pushPath = `/r1/${pushService}/v1`;

/** As many as a hundred for each of 64 connections. */
const peopleMax = 6400;

/** Living people of the sample, each once. */
export function pushedPeople(): string[] {
  const living = samplePopulation().people.filter(({ death }) => death === undefined);
  return living.slice(0, peopleMax).map(({ pin }) => pin);
}

/** `line` is what the register shows afterwards. */
export function residencePush(pin: string, line: string): string {
  const residence = {
    address: {
      line,
      commune: { code: '00082', name: 'Phường Cửa Nam' },
      province: { code: '01', name: 'Thành phố Hà Nội' },
      asOf: '2026-11-01',
    },
    since: '2026-11-01',
    authority: 'Công an phường Cửa Nam',
  };
  return JSON.stringify({ pin, kind: 'temporary', residence });
}
