/** Finds limits that contradict each other: each is in order by itself, and together they would lose or stop something. */

import type { GatewaySettings } from './config.ts';
import type { ConfigFault } from './config-reader.ts';

interface Rule {
  readonly at: string;
  readonly holds: (gateway: GatewaySettings) => boolean;
  readonly message: string;
}

const rules: readonly Rule[] = [
  {
    at: '/deliveries/sweepMs',
    // Each sweep says that the gateway lives; one that is late must not make it look dead.
    holds: ({ deliveries: { sweepMs, leaseSeconds } }) => 2 * sweepMs <= leaseSeconds * 1000,
    message: 'must be half of leaseSeconds at most: other gateways would take this one’s pushes for left behind',
  },
  {
    at: '/deliveries/pollMs',
    holds: ({ deliveries: { pollMs, leaseSeconds } }) => 2 * pollMs <= leaseSeconds * 1000,
    message: 'must be half of leaseSeconds at most',
  },
  {
    at: '/deliveries/pageRows',
    holds: ({ deliveries: { pageRows, pageRowsMax } }) => pageRows <= pageRowsMax,
    message: 'must not be above pageRowsMax',
  },
  {
    at: '/deliveries/stockIntervalMs',
    holds: ({ deliveries: { stockIntervalMs, stockIntervalMsMax } }) => stockIntervalMs <= stockIntervalMsMax,
    message: 'must not be above stockIntervalMsMax',
  },
  {
    at: '/bulk/lineBytesMax',
    holds: ({ bulk, http }) => bulk.lineBytesMax >= http.bodyBytesMax,
    message: 'must not be below http.bodyBytesMax: messages that may be sent alone would be refused in a line',
  },
  {
    at: '/bulk/requestsPerConsumerMax',
    holds: ({ bulk: { requestsPerConsumerMax, requestsMax } }) => requestsPerConsumerMax <= requestsMax,
    message: 'must not be above requestsMax',
  },
  {
    at: '/bulk/busyRetryMs',
    holds: ({ bulk: { busyRetryMs, busyWaitMs } }) => busyRetryMs <= busyWaitMs,
    message: 'must not be above busyWaitMs',
  },
  {
    at: '/events/waitSecondsMax',
    holds: ({ events, http }) => events.waitSecondsMax * 1000 < http.inactivityTimeoutMs,
    message: 'must be shorter than http.inactivityTimeoutMs, which would cut whoever waits',
  },
  {
    at: '/events/waitingPerConsumerMax',
    holds: ({ events: { waitingPerConsumerMax, waitingMax } }) => waitingPerConsumerMax <= waitingMax,
    message: 'must not be above waitingMax',
  },
  {
    at: '/events/pageEvents',
    holds: ({ events: { pageEvents, pageEventsMax } }) => pageEvents <= pageEventsMax,
    message: 'must not be above pageEventsMax',
  },
  {
    at: '/webhooks/timeoutMs',
    holds: ({ webhooks: { timeoutMs, leaseSeconds } }) => timeoutMs < leaseSeconds * 1000,
    message: 'must be shorter than leaseSeconds: another gateway would send the same meanwhile',
  },
  {
    at: '/webhooks/backoffMs',
    holds: ({ webhooks: { backoffMs, backoffMsMax } }) => backoffMs <= backoffMsMax,
    message: 'must not be above backoffMsMax',
  },
  {
    at: '/names/keptMs',
    holds: ({ names: { keptMs, staleMsMax } }) => keptMs <= staleMsMax,
    message: 'must not be above staleMsMax',
  },
  {
    at: '/names/slowMs',
    holds: ({ names: { slowMs, timeoutMs } }) => slowMs <= timeoutMs,
    message: 'must not be above timeoutMs: where an older address is known, nobody waits longer than where none is',
  },
];

export function limitFaults(gateway: GatewaySettings): ConfigFault[] {
  return rules.flatMap(({ at, holds, message }) => (holds(gateway) ? [] : [{ file: 'gateway.yaml', at, message }]));
}
