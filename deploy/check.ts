/** Checks what operators deploy against the public formats: a fault here would be met at three in the morning. */

import { checkCompose } from './check/compose.ts';
import { checkHaproxy } from './check/haproxy.ts';
import { checkKubernetes } from './check/kubernetes.ts';
import { checkWatching } from './check/watching.ts';

const folder = import.meta.dirname;
const checks = [checkCompose, checkKubernetes, checkWatching, checkHaproxy];
const faults = (await Promise.all(checks.map((check) => check(folder)))).flat();
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
