#!/usr/bin/env node
/** The process's edge: arguments, environment, signals and exit codes. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeOffer } from './cli/check.ts';
import { runTour } from './cli/demo.ts';
import { pasteLines } from './cli/paste-lines.ts';
import { composeGateway, type Gateway } from './compose.ts';
import { ConfigError } from './config.ts';
import { openKeys } from './embedded/keys.ts';
import { issueToken, type Role } from './identity/tokens.ts';
import { checkLog, checkReceipt, exportTo, verifierKeyOf } from './log-tools.ts';
import { type Offer, readOffer } from './offer.ts';
import { findProjectRoot } from './project-root.ts';
import { createLogger } from './telemetry/logger.ts';

interface ServeOptions {
  readonly config: string;
  readonly data: string;
  readonly host?: string;
  readonly port?: number;
}

const projectRoot = findProjectRoot();
const { version } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as { version: string };
const say = (line: string) => process.stdout.write(`${line}\n`);

function createProgram(): Command {
  const program = new Command('lienthong').description('Government data-exchange gateway').version(version);
  const configOption = () =>
    new Option('--config <dir>', 'configuration folder').default(path.join(projectRoot, 'config'), 'config');
  const dataOption = () =>
    new Option('--data <dir>', 'data folder: keys, exchange log, embedded database').default('data');
  const withListening = (command: Command) =>
    command
      .addOption(configOption())
      .addOption(dataOption())
      .option('--host <address>', 'address to listen on, instead of the configured one')
      .option('--port <number>', 'port to listen on, instead of the configured one', parsePort);

  withListening(program.command('serve').description('serve exchanges until SIGTERM or SIGINT')).action(serve);
  withListening(program.command('demo').description('serve on sample data and go through a tour'))
    .option('--once', 'end after the tour: exit code 0 only if every step went as it should')
    .action(demo);
  program
    .command('check')
    .description('check the configuration and name every fault')
    .addOption(configOption())
    .action(check);
  program
    .command('token')
    .description('print a bearer token signed with the key in the data folder')
    .argument('<subject>', 'member or subsystem, such as VN/GOV/G07/social-protection')
    .addOption(new Option('--role <role>', 'what the token is for').choices(['client', 'auditor']).default('client'))
    .option('--lifetime <seconds>', 'seconds until it expires', parsePositive, 3600)
    .addOption(configOption())
    .addOption(dataOption())
    .action(token);
  addLogCommands(program.command('log').description('check an exchange log, and read it'), configOption, dataOption);
  return program;
}

function addLogCommands(log: Command, configOption: () => Option, dataOption: () => Option): void {
  const fromLog = (command: Command) =>
    command
      .argument('<place>', 'folder of the log, data folder, or URL such as https://gateway.example/log')
      .addOption(new Option('--token <token>', 'bearer token of role auditor, for a URL').env('LIENTHONG_TOKEN'));

  fromLog(log.command('verify').description('check every entry, tile and file up to the signed checkpoint'))
    .option('--key <vkey>', 'key of the log; without it the signature is not checked')
    .option('--from <file>', 'older checkpoint that the log must continue')
    .action(async (place, options) => {
      say(await checkLog(place, options, process.stderr));
    });
  fromLog(log.command('export').description('print entries as lines of JSON'))
    .option('--from <index>', 'first entry', parseIndex, 0)
    .option('--to <index>', 'last entry', parseIndex)
    .option('--proofs', 'make each line a receipt')
    .action((place, options) => exportTo(process.stdout, place, options));
  log
    .command('verify-receipt')
    .description('check a receipt, JSON or tlog-proof, without gateway and network')
    .argument('<file>', 'the receipt')
    .requiredOption('--key <vkey>', 'key of the log')
    .action(async (file, options) => {
      say(await checkReceipt(file, options));
    });
  log
    .command('key')
    .description('print the key by which others check the log')
    .addOption(configOption())
    .addOption(dataOption())
    .action(async ({ config, data }: { config: string; data: string }) => {
      const { origin } = (await offerOf(config)).configuration.gateway.exchangeLog;
      say(await verifierKeyOf(data, origin));
    });
}

async function serve(options: ServeOptions): Promise<void> {
  const offer = await offerOf(options.config);
  const logger = createLogger(offer.configuration.gateway.logging, offer.configuration.gateway.node);
  const { gateway, url } = await start(offer, options, logger);
  logger.info({ url, services: offer.catalogue.all().length }, 'serving');
  endOnSignal(gateway, (signal) => logger.info({ signal }, 'shutting down'));
}

async function demo(options: ServeOptions & { readonly once?: boolean }): Promise<void> {
  const offer = await offerOf(options.config);
  const logger = createLogger({ level: 'warn' }, offer.configuration.gateway.node);
  say('Starting the embedded PostgreSQL, the sample registries and the gateway …');
  const startedMs = performance.now();
  const { gateway, url } = await start(offer, options, logger);
  say(`Ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${url}\n`);
  const issue = (id: string) => gateway.issueToken({ id, role: 'client', lifetimeSeconds: 600 });
  const passed = await runTour({ url, issue, say });
  if (options.once) {
    await gateway.close();
    process.exitCode = passed ? 0 : 1;
    return;
  }
  say(pasteLines(url, options.data));
  endOnSignal(gateway, () => say('\nShutting down …'));
}

async function check(options: { readonly config: string }): Promise<void> {
  say(describeOffer(await offerOf(options.config)));
}

async function token(
  subject: string,
  options: { readonly role: Role; readonly lifetime: number; readonly config: string; readonly data: string },
): Promise<void> {
  const { configuration, directory } = await offerOf(options.config);
  if (options.role === 'client' && !isMember(directory, subject)) {
    throw new Error(`${subject} is neither a member nor a subsystem of members.yaml`);
  }
  const { audience, tokenLifetimeSecondsMax } = configuration.gateway.identity;
  if (options.lifetime > tokenLifetimeSecondsMax) {
    throw new Error(`--lifetime may be ${tokenLifetimeSecondsMax} seconds at most (identity.tokenLifetimeSecondsMax)`);
  }
  const key = await openKeys(path.join(options.data, 'keys')).signingKey('token-signing');
  const request = { id: subject, role: options.role, audience, lifetimeSeconds: options.lifetime };
  say(await issueToken({ ...key }, request, Date.now()));
}

function isMember(directory: Offer['directory'], id: string): boolean {
  return directory.subsystem(id) !== undefined || directory.members.some((member) => member.id === id);
}

const offerOf = (configFolder: string) => readOffer({ configFolder, projectRoot, env: process.env });

async function start(
  offer: Offer,
  options: ServeOptions,
  logger: ReturnType<typeof createLogger>,
): Promise<{ gateway: Gateway; url: string }> {
  const { listen } = offer.configuration.gateway;
  const gateway = await composeGateway({ offer, dataFolder: options.data, version, logger });
  try {
    return { gateway, url: await gateway.listen(options.host ?? listen.host, options.port ?? listen.port) };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

/** The first signal ends gracefully, a second one at once. */
function endOnSignal(gateway: Gateway, announce: (signal: string) => void): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(1);
    ending = true;
    announce(signal);
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // The terminal that started it is gone; without this the embedded servers would be left behind.
  process.on('SIGHUP', end);
}

function parsePort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('It must be 0 to 65535.');
  return port;
}

function parseIndex(value: string): number {
  const index = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(index))
    throw new InvalidArgumentError('It must be a whole number.');
  return index;
}

function parsePositive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
}

function fail(error: unknown): never {
  if (error instanceof ConfigError) {
    process.stderr.write('The configuration has faults:\n');
    for (const { file, at, message } of error.faults) process.stderr.write(`  ${file} ${at}: ${message}\n`);
  } else {
    process.stderr.write(`lienthong: ${explain(error)}\n`);
  }
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use by another process; choose another port with --port`;
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}; choose another with --port`;
  return error.message;
}

await createProgram().parseAsync().catch(fail);
