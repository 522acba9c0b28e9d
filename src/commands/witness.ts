/** `lienthong witness`: vouches for other parties' logs until it is told to end. */

import path from 'node:path';
import type { Command } from 'commander';
import { composeWitness, readWitnessConfiguration, readWitnessKey } from '../compose-witness.ts';
import { findProjectRoot } from '../project-root.ts';
import { createLogger } from '../telemetry/logger.ts';
import { endOnSignal } from './end-on-signal.ts';
import { parsePort, say } from './options.ts';

interface WitnessCommandOptions {
  readonly config: string;
  readonly data: string;
  readonly host?: string;
  readonly port?: number;
  readonly key?: boolean;
}

const schemaFolder = path.join(findProjectRoot(), 'config');

export function addWitnessCommand(program: Command): void {
  program
    .command('witness')
    .description("cosign other parties' logs (C2SP tlog-witness) until SIGTERM or SIGINT")
    .option('--config <file>', 'whose logs, and every limit', path.join(schemaFolder, 'witness.yaml'))
    .option('--data <dir>', 'data folder of the witness: its key, and what it cosigned last', 'witness-data')
    .option('--host <address>', 'address to listen on, instead of the configured one')
    .option('--port <number>', 'port to listen on, instead of the configured one', parsePort)
    .option('--key', 'print the key by which others check its cosignatures, and end')
    .action(witness);
}

async function witness(options: WitnessCommandOptions): Promise<void> {
  const { configuration, logs } = await readWitnessConfiguration(options.config, schemaFolder, process.env);
  const { listen, logging, name } = configuration;
  const known = options.key ? await readWitnessKey(options.data, name) : undefined;
  if (known !== undefined) return say(known);
  const logger = createLogger(logging, name);
  const running = await composeWitness({ configuration, logs, dataFolder: options.data, logger });
  if (options.key) {
    process.stderr.write(`The key holds the name ${name} (witness.yaml): once it is given out, the name must stay.\n`);
    say(running.vkey);
    return running.close();
  }
  try {
    const url = await running.listen(options.host ?? listen.host, options.port ?? listen.port);
    logger.info({ url, logs: logs.length, vkey: running.vkey }, 'witnessing');
    if (logs.length === 0) logger.warn({ config: options.config }, 'this witness vouches for nobody: it lists no logs');
  } catch (error) {
    await running.close();
    throw error;
  }
  endOnSignal(running, (signal) => logger.info({ signal }, 'shutting down'));
}
