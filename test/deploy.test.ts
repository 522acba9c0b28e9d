/** What operators deploy is in order, watches only metrics that there are, and its checks find what is wrong. */

import { execFile } from 'node:child_process';
import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { checkCompose } from '../deploy/check/compose.ts';
import { checkKubernetes } from '../deploy/check/kubernetes.ts';
import { checkWatching, expressionsOf, readWatching } from '../deploy/check/watching.ts';
import { readOffer } from '../src/offer.ts';
import { problemKinds } from '../src/problem-kinds.ts';
import type { ProblemCode } from '../src/problems.ts';
import { exposedMetrics } from './support/exposed-metrics.ts';
import { projectRoot } from './support/gateway.ts';

t.setTimeout(120_000);

const run = promisify(execFile);
const shipped = path.join(projectRoot, 'deploy');

async function copyWith(t: Test, file: string, from: string, to: string): Promise<string> {
  const folder = path.join(t.testdir({}), 'deploy');
  await cp(shipped, folder, { recursive: true, filter: (source) => !source.includes('secrets') });
  const text = await readFile(path.join(folder, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
  await writeFile(path.join(folder, file), text.replace(from, to));
  return folder;
}

t.test('rules and dashboard name only metrics that there are', async (t) => {
  const known = new Set(await exposedMetrics());
  const expressions = expressionsOf(await readWatching(shipped));
  t.ok(expressions.length > 40);
  for (const { place, text } of expressions) {
    for (const [name] of text.matchAll(/\b(?:lienthong|nodejs|process)_[a-z0-9_]+/g)) {
      t.ok(known.has(name.replace(/_(bucket|count|sum)$/, '')) || known.has(name), `${place}: ${name}`);
    }
  }
});

t.test('the objective counts every outcome that is a failure of the gateway or a registry', async (t) => {
  const rules = await readFile(path.join(shipped, 'prometheus/rules.yaml'), 'utf8');
  // Whoever is turned away at the door is counted by another metric.
  const failures = Object.keys(problemKinds).filter(
    (code) => problemKinds[code as ProblemCode].status >= 500 && code !== 'overloaded',
  );
  const counted = [...rules.matchAll(/outcome=~"(internal-error[^"]*)"/g)].map(([, codes = '']) => codes.split('|'));
  t.equal(counted.length, 5);
  for (const codes of counted) t.same([...codes].sort(), failures.sort());
  t.match(rules, /refusals_counted_total\{problem="overloaded"\}/);
});

t.test('the configuration of the deployments is in order', async (t) => {
  const env = {
    LIENTHONG_NODE: 'lienthong-0',
    LIENTHONG_LOG_DOMAIN: 'log.ministry.example',
    STATE_DATABASE_URL: 'postgres://u:p@state/lienthong',
    REDIS_URL: 'redis://redis:6379/0',
    POPULATION_URL: 'postgres://u:p@population/population',
    SOCIAL_AFFAIRS_URL: 'mysql://u:p@social-affairs/social_affairs',
    JUDICIAL_URL: 'https://judicial.example/api',
  };
  for (const registries of ['registries.yaml', 'kubernetes/base/config/registries.yaml']) {
    const configFolder = path.join(t.testdir({}), 'config');
    await cp(path.join(projectRoot, 'config'), configFolder, { recursive: true });
    const patch = 'gateway.patch.yaml';
    await cp(path.join(shipped, 'kubernetes/base/config', patch), path.join(configFolder, patch));
    await cp(path.join(shipped, registries), path.join(configFolder, 'registries.yaml'));
    const { configuration } = await readOffer({ configFolder, projectRoot, env });
    t.equal(configuration.gateway.exchangeLog.origin, 'log.ministry.example/lienthong-0');
    t.equal(configuration.gateway.listen.host, '0.0.0.0');
  }
});

t.test('a pod whose volume was lost goes on under the name that log-names has for it', async (t) => {
  const folder = t.testdir({ node: '#!/bin/sh\necho "$LIENTHONG_NODE $*"\n' });
  await chmod(path.join(folder, 'node'), 0o755);
  const started = async (pod: string) => {
    const env = { PATH: `${folder}:${process.env.PATH}`, LIENTHONG_NODE: pod };
    return (await run('/bin/sh', [path.join(folder, 'start.sh'), 'serve', '--data', '/data'], { env })).stdout.trim();
  };
  for (const file of ['start.sh', 'log-names']) {
    await cp(path.join(shipped, 'kubernetes/base/config', file), path.join(folder, file));
  }
  t.equal(await started('lienthong-1'), 'lienthong-1 dist/src/main.js serve --data /data', 'as it is shipped');
  await writeFile(path.join(folder, 'log-names'), '# lost in March\nlienthong-1: lienthong-1-b\nlienthong-11: other');
  t.equal(await started('lienthong-11'), 'other dist/src/main.js serve --data /data');
  t.equal(await started('lienthong-1'), 'lienthong-1-b dist/src/main.js serve --data /data');
  t.equal(await started('lienthong-0'), 'lienthong-0 dist/src/main.js serve --data /data');
});

t.test('the checks find a member that Kubernetes does not know, and one of a wrong type', async (t) => {
  t.same(await checkKubernetes(shipped), []);
  const file = 'kubernetes/base/stateful-set.yaml';
  const misspelt = await copyWith(t, file, 'terminationGracePeriodSeconds', 'terminationGracePeriodSecond');
  t.match(await checkKubernetes(misspelt), [/stateful-set.yaml.*terminationGracePeriodSecond/]);
  const mistyped = await copyWith(t, file, 'replicas: 2', 'replicas: two');
  t.match(await checkKubernetes(mistyped), [/stateful-set.yaml.*'string' is not assignable to type 'number'/]);
});

t.test('the checks find a service that Compose would refuse, and a file that is not there', async (t) => {
  t.same(await checkCompose(shipped), []);
  const misspelt = await copyWith(t, 'compose.yaml', 'restart: unless-stopped', 'restarts: unless-stopped');
  t.match((await checkCompose(misspelt)).join('\n'), /must NOT have additional properties/);
  const unmounted = await copyWith(t, 'compose.yaml', './haproxy/haproxy.cfg', './haproxy/ha.cfg');
  t.match(await checkCompose(unmounted), [/there is no .\/haproxy\/ha.cfg/]);
});

t.test('the checks find an alert that Prometheus could not read', async (t) => {
  t.same(await checkWatching(shipped), []);
  const broken = await copyWith(
    t,
    'prometheus/rules.yaml',
    'lienthong_log_writable == 0',
    'lienthong_log_writable == by 0',
  );
  t.match(await checkWatching(broken), [/LogFailed: no PromQL at character \d+/]);
});
