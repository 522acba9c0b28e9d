/** Where probes and scrapes ask: whatever is deployed in front of a gateway has to name these. */

export const operationsPaths = { live: '/health/live', ready: '/health/ready', metrics: '/metrics' } as const;
