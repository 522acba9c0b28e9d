/** `lienthong serve` and `demo`: run the gateway until it is told to end. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { runTour } from '../cli/demo.ts';
import { pasteLines } from '../cli/paste-lines.ts';
import { composeGateway } from '../compose.ts';
import type { Gateway } from '../gateway.ts';
import { auditScopes } from '../identity/tokens.ts';
import type { Offer } from '../offer.ts';
import { findProjectRoot } from '../project-root.ts';
import { createLogger } from '../telemetry/logger.ts';
import { isWorker } from '../workers/fork.ts';
import { endOnSignal, endStartOnSignal } from './end-on-signal.ts';
import { configOption, dataOption, offerOf, parsePort, parsePositive, say } from './options.ts';
import { runWorker, runWorkers } from './serve-processes.ts';
import { shareLookupsOf } from './share-lookups.ts';

interface ServeOptions {
  readonly config: string;
  readonly data: string;
  readonly host?: string;
  readonly port?: number;
  readonly workers?: number;
}

export const { version } = JSON.parse(readFileSync(path.join(findProjectRoot(), 'package.json'), 'utf8')) as {
  version: string;
};

/** EX_IOERR of sysexits.h: a disk failed, or is full. */
const recordFailedCode = 74;

export function addServeCommands(program: Command): void {
  const withListening = (command: Command) =>
    command
      .addOption(configOption())
      .addOption(dataOption())
      .option('--host <address>', 'address to listen on, instead of the configured one')
      .option('--port <number>', 'port to listen on, instead of the configured one', parsePort);

  withListening(program.command('serve').description('serve exchanges until SIGTERM or SIGINT'))
    .option('--workers <number>', 'processes that serve on the port, instead of the configured number', parsePositive)
    .action(serve);
  withListening(program.command('demo').description('serve on sample data and go through a tour'))
    .option('--once', 'end after the tour: exit code 0 only if every step went as it should')
    .action(demo);
}

async function serve(options: ServeOptions): Promise<void> {
  if (isWorker(process.env)) return runWorker(options.config, version);
  const offer = await offerOf(options.config);
  const logger = createLogger(offer.configuration.gateway.logging, offer.configuration.gateway.node);
  shareLookupsOf(offer.configuration.gateway, logger);
  const { workers, listen } = offer.configuration.gateway;
  const count = options.workers ?? workers.count;
  if (count > 1) return runWorkers({ offer, logger, count, ...listen, ...options });
  const shuttingDown = (signal: string) => logger.info({ signal }, 'shutting down');
  const failed = Promise.withResolvers<void>();
  const { gateway, url } = await endStartOnSignal(() => start(offer, options, logger, failed.resolve), shuttingDown);
  logger.info({ url, services: offer.catalogue.all().length }, 'serving');
  const end = endOnSignal(gateway, shuttingDown);
  void failed.promise.then(() => {
    const { failedMs } = offer.configuration.gateway.shutdown;
    const told = { failedMs, exitCode: recordFailedCode };
    logger.error(told, 'nothing can be recorded any more: the process ends after that time, to be started again');
    // Until then whoever comes is answered, and whoever probes hears that it is unready.
    setTimeout(() => end(recordFailedCode), failedMs);
  });
}

async function demo(options: ServeOptions & { readonly once?: boolean }): Promise<void> {
  const offer = await offerOf(options.config);
  const logger = createLogger({ level: 'error' }, offer.configuration.gateway.node);
  shareLookupsOf(offer.configuration.gateway, logger);
  say('Starting the embedded PostgreSQL, the sample registries and the gateway …');
  const startedMs = performance.now();
  const shuttingDown = () => say('\nShutting down …');
  const { gateway, url } = await endStartOnSignal(() => start(offer, options, logger), shuttingDown);
  endOnSignal(gateway, shuttingDown);
  say(`Ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${url}\n`);
  const issue = (id: string) => gateway.issueToken({ id, role: 'client', lifetimeSeconds: 600 });
  const issueAuditor = () =>
    gateway.issueToken({ id: 'auditor-of-the-tour', role: 'auditor', scopes: auditScopes, lifetimeSeconds: 600 });
  const issueCitizen = (id: string) => gateway.issueToken({ id, role: 'citizen', lifetimeSeconds: 600 });
  const passed = await runTour({ url, issue, issueAuditor, issueCitizen, stopRegistry: gateway.stopRegistry, say });
  if (options.once) {
    await gateway.close();
    process.exitCode = passed ? 0 : 1;
    return;
  }
  say(pasteLines(url, options.data));
}

async function start(
  offer: Offer,
  options: ServeOptions,
  logger: ReturnType<typeof createLogger>,
  recordFailed: () => void = () => undefined,
): Promise<{ gateway: Gateway; url: string }> {
  const { listen } = offer.configuration.gateway;
  const gateway = await composeGateway({ offer, dataFolder: options.data, version, logger, recordFailed });
  try {
    return { gateway, url: await gateway.listen(options.host ?? listen.host, options.port ?? listen.port) };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
