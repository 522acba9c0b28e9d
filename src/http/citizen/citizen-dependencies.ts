/** What the routes for a person's own token are made of. */

import type { Accesses } from '../../exchange/accesses.ts';
import type { OwnLog } from '../../exchange/log-ports.ts';
import type { Pseudonyms } from '../../exchange/ports.ts';
import type { LocalText } from '../../exchange/services.ts';
import type { XRoadId } from '../../exchange/types.ts';
import type { Looking } from '../looking.ts';

export interface CitizenRouteDependencies {
  readonly accesses: Accesses;
  readonly ownLog: Pick<OwnLog, 'begunAt' | 'origin'>;
  readonly looking: Looking;
  readonly pseudonyms: Pick<Pseudonyms, 'person'>;
  readonly names: Names;
  /** True while log and index can answer. */
  readonly ready: () => Promise<boolean>;
  readonly limits: CitizenLimits;
}

export interface CitizenLimits {
  /** Rows in a page where the request names no limit, and at most. */
  readonly pageRows: number;
  readonly pageRowsMax: number;
  /** Rows in a page in the Data Tracker's form, also where the request names no limit. */
  readonly usageRowsMax: number;
  /** Rows of one list in the Data Tracker's form, all its pages together. */
  readonly usageScanRowsMax: number;
}

/** What people call members, subsystems and services today; by their identifiers in the log. */
export interface Names {
  /** Of the member to which an identifier belongs. */
  member(id: XRoadId): LocalText | undefined;
  subsystem(id: XRoadId): LocalText | undefined;
  service(id: XRoadId): LocalText | undefined;
}
