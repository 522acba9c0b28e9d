/** How registries are doing, as operators and metrics are told. */

import type { ProblemCode } from '../problems.ts';
import type { CircuitState } from './ports.ts';
import type { XRoadId } from './types.ts';

/** How one process gets on with a registry; nothing about any exchange. */
export interface RegistryUse {
  /** Calls that the registry works on. */
  readonly inFlight: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
  /** Of the last calls, as many as `health.latencyCallsMax` at most; undefined where there was none. */
  readonly latency: { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number } | undefined;
  readonly lastError: RegistryFailure | undefined;
}

export interface RegistryFailure {
  readonly code: ProblemCode;
  /** RFC 3339. */
  readonly at: string;
  readonly service: XRoadId;
}

/** One registry as one process sees it. */
export interface RegistryReport extends Partial<RegistryUse> {
  readonly name: string;
  readonly owner: XRoadId;
  /** What its health check says. */
  readonly ok: boolean;
  readonly reason: string | undefined;
  /** State of each of its circuits, by service and version. */
  readonly circuits: Readonly<Record<string, CircuitState>>;
  /** Of the circuit that all deliveries to it share; undefined where it takes none. */
  readonly deliveryCircuit: CircuitState | undefined;
}

/** Undefined where that process does not serve or gives no answer. */
export interface ProcessReport {
  /** Among several, from 1; undefined where it is the only one. */
  readonly worker: number | undefined;
  readonly registries: readonly RegistryReport[] | undefined;
}
