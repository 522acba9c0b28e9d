/** What to do with a configuration that was just written: check it, serve it, ask it, make it one's own. */

import path from 'node:path';
import type { FirstConfiguration } from './first-configuration.ts';
import { shellWord } from './shell-word.ts';

export function firstSteps(folder: string, { files, consumer }: FirstConfiguration): string {
  const command = 'npm run -s lienthong --';
  // Whole paths: npm runs a command in the folder of the project, wherever it was called.
  const whole = path.resolve(folder);
  const config = `--config ${shellWord(whole)}`;
  const data = `--data ${shellWord(`${whole}-data`)}`;
  return `Written to ${folder}: ${[...files.keys()].join(', ')}, and the schemas that editors use.

${command} check ${config}
${command} serve ${config} ${data}

In another terminal, as the consumer of the example:

TOKEN=$(${command} token ${consumer} ${config} ${data})
curl -si http://127.0.0.1:8080/r1/VN/GOV/G01/population/get-person/v1 \\
  -H "Authorization: Bearer $TOKEN" -H 'X-Road-Client: ${consumer}' \\
  -H 'Content-Type: application/json' -d '{"pin":"099190000001"}'

Then make it yours: docs/configuration.md.`;
}
