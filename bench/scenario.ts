/** What a scenario is: a trial, what it is measured against, and how much is wanted. */

import type { ServerName } from './measured-servers.ts';

/** How a ratio is made of two figures: requests a second; CPU time, the other way round; or the time of one request in a hundred. */
export type RatioKind = 'speed' | 'cpu' | 'p99';

export type Wanted = { readonly atLeast: number } | { readonly atMost: number };

export interface Scenario {
  readonly title: string;
  readonly reference: string;
  readonly ratio: RatioKind;
  /** Absent where nothing is aimed at. */
  readonly wanted?: Wanted;
  /** `asked`: by name only; `peers` and `long` by those options, too. */
  readonly when: 'always' | 'asked' | 'peers' | 'long';
  readonly trial: TrialPlan;
}

/** What a trial is made of; `own` and `reference` are servers. */
export type TrialPlan =
  | { readonly kind: 'load'; readonly own: ServerName; readonly reference: ServerName }
  /** At that share of the most that `own` answers. */
  | { readonly kind: 'rate'; readonly own: ServerName; readonly reference: ServerName; readonly share: number }
  /** That many times the most that `own` answers. */
  | { readonly kind: 'flood'; readonly own: ServerName; readonly times: number }
  | { readonly kind: 'bulk'; readonly own: ServerName; readonly lines: number }
  | { readonly kind: 'push'; readonly isDrained: boolean }
  | { readonly kind: 'record'; readonly inFlight: number }
  | { readonly kind: 'log-growth'; readonly from: number; readonly to: number };
