#!/usr/bin/env node
/** The process's edge: arguments and exit codes; each command is a file of `commands/`. */

import { Command } from 'commander';
import { addAuditCommands } from './commands/audit.ts';
import { addBulkCommands } from './commands/bulk.ts';
import { addCheckCommand } from './commands/check.ts';
import { addDeliveryCommands } from './commands/deliveries.ts';
import { addEvidenceCommands } from './commands/evidence.ts';
import { fail } from './commands/fail.ts';
import { addIndexCommands } from './commands/index-commands.ts';
import { addInitCommand } from './commands/init.ts';
import { addKeyCommands } from './commands/keys.ts';
import { addLogCommands } from './commands/log.ts';
import { addServeCommands, version } from './commands/serve.ts';
import { addTokenCommand } from './commands/token.ts';
import { addWebhookCommands } from './commands/webhooks.ts';
import { addWitnessCommand } from './commands/witness.ts';

const program = new Command('lienthong').description('Government data-exchange gateway').version(version);
addServeCommands(program);
addCheckCommand(program);
addInitCommand(program);
addTokenCommand(program);
addLogCommands(program);
addKeyCommands(program);
addWitnessCommand(program);
addIndexCommands(program);
addEvidenceCommands(program);
addAuditCommands(program);
addDeliveryCommands(program);
addWebhookCommands(program);
addBulkCommands(program);
await program.parseAsync().catch((error: unknown) => fail(error));
