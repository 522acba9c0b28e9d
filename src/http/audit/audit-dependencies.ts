/** What all routes below `/v1/audit` are made of. */

import type { AuditIndex } from '../../exchange/audit.ts';
import type { Receipts } from '../../exchange/log-ports.ts';
import type { Clock, MessageParser, Pseudonyms } from '../../exchange/ports.ts';
import type { XRoadId } from '../../exchange/types.ts';
import type { Looking } from '../looking.ts';
import type { XRoadHeaderLimits } from '../x-road/headers.ts';

export interface AuditRouteDependencies {
  readonly index: AuditIndex;
  readonly looking: Looking;
  readonly receipts: Pick<Receipts, 'find'>;
  readonly pseudonyms: Pseudonyms;
  readonly parser: MessageParser;
  readonly clock: Clock;
  /** By the member's present code. */
  readonly canonical: (id: XRoadId) => XRoadId;
  /** True for what is registered or offered here: anything else in an identifier might be personal. */
  readonly isKnown: (id: XRoadId) => boolean;
  /** True for what stands in an agreement here: anything else might be what a person is called. */
  readonly isAgreed: (use: 'purpose' | 'agreement', text: string) => boolean;
  readonly limits: AuditLimits & { readonly bodyBytesMax: number; readonly xRoad: XRoadHeaderLimits };
  /** Told of exports that break off. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface AuditLimits {
  /** Rows in a page where the request names no limit, and at most. */
  readonly pageRows: number;
  readonly pageRowsMax: number;
  /** Rows of one export. */
  readonly exportRowsMax: number;
  /** For one export from its first row to its last, milliseconds. */
  readonly exportTimeoutMs: number;
  /** Exports at a time. */
  readonly exportsMax: number;
  /** Days that one request for statistics may span. */
  readonly statisticsDaysMax: number;
}
