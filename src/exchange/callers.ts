/** Who stands behind a token, and what they may see. */

import type { XRoadId } from './types.ts';

export interface Callers {
  /** Throws Problem (401). */
  identify(bearerToken: string | undefined): Promise<Caller>;
}

export type Role = 'client' | 'auditor' | 'citizen' | 'operator';

/** What an auditor's token allows: searching and reading exchanges, counting them, asking by person, raw bundles, sealed bodies. */
export type AuditScope = 'exchanges' | 'statistics' | 'subjects' | 'entries' | 'evidence';

/** Whom a token was issued for. */
export interface Caller {
  /** Member or subsystem, an auditor's or operator's name, a citizen's personal number. */
  readonly id: string;
  readonly role: Role;
  /** What an auditor may do; empty for every other role. */
  readonly scopes: ReadonlySet<AuditScope>;
  /** The member whose exchanges an auditor is confined to, as consumer or as owner of the service; undefined is all. */
  readonly confinedTo: XRoadId | undefined;
  /** True where the token lets its holder act as that subsystem. */
  covers(clientId: XRoadId): boolean;
}
