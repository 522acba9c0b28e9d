/** What operators deploy is in order, watches only metrics that there are, and its checks find what is wrong. */

import { execFile } from 'node:child_process';
import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
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

t.test('what adds to failures counts also where something else of them has never been', async (t) => {
  const { rules } = await readWatching(shipped);
  const ratios = rules.groups.flatMap(({ rules }) => rules.filter(({ record }) => record?.includes(':failures:')));
  t.equal(ratios.length, 5);
  for (const { record, expr } of ratios) {
    // A sum over series that there are none of is nothing, and so is what it is added to.
    const sums = expr.match(/sum\(rate\([^()]*\)\)/g) ?? [];
    const guarded = expr.match(/\(sum\(rate\([^()]*\)\) or vector\(0\)\)/g) ?? [];
    t.equal(sums.length, 6, `sums of ${record}`);
    t.equal(guarded.length, sums.length, `guarded sums of ${record}`);
  }
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
    const { configuration, warnings } = await readOffer({ configFolder, projectRoot, env });
    t.same(
      warnings.filter(({ file }) => file === 'registries.yaml'),
      [],
      'every register is one for all gateways',
    );
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
  const mistyped = await copyWith(t, file, 'minReadySeconds: 5', 'minReadySeconds: five');
  t.match(await checkKubernetes(mistyped), [/stateful-set.yaml.*'string' is not assignable to type 'number'/]);
});

t.test('the checks find values that Kubernetes refuses, or that cut the gateway off', async (t) => {
  const base = 'kubernetes/base/';
  const overlay = 'kubernetes/overlays/example/stateful-set.yaml';
  const grace = 'terminationGracePeriodSeconds';
  for (const [file, from, to, fault] of [
    [`${base}autoscaler.yaml`, 'minReplicas: 2', 'minReplicas: 40', /minReplicas 40 is above maxReplicas 16/],
    [`${base}stateful-set.yaml`, 'storage: 200Gi', 'storage: lots', /"lots.*" is no quantity/],
    [overlay, 'storage: 1Ti', 'storage: 1TB', /"1TB" is no quantity/],
    [`${base}stateful-set.yaml`, `${grace}: 60`, `${grace}: 54`, /54 is below the 55 s that a shutdown may take/],
    [overlay, '    spec:\n      containers', `    spec:\n      ${grace}: 5\n      containers`, /5 is below the 55 s/],
    [`${base}config/gateway.patch.yaml`, 'graceMs: 10000', 'graceMs: 60000', /60 is below the 155 s/],
    [`${base}network-policy.yaml`, '- { protocol: TCP, port: 5432 }', '', /nothing may be sent to port 5432/],
    [`${base}network-policy.yaml`, '- { protocol: TCP, port: 443 }', '', /nothing may be sent to port 443/],
    [`${base}network-policy.yaml`, '{ protocol: UDP, port: 53 }, ', '', /no name may be resolved/],
    [`${base}network-policy.yaml`, 'port: http', 'port: https', /nobody may call port http/],
    [
      `${base}config/gateway.patch.yaml`,
      'keyPrefix:',
      'other: redis://redis:7000\n  keyPrefix:',
      /nothing may be sent to port 7000/,
    ],
  ] as const) {
    t.match((await checkKubernetes(await copyWith(t, file, from, to))).join('\n'), fault, to);
  }
});

t.test('what is scaled by load names no number of its own, which each apply would go back to', async (t) => {
  const base = path.join(shipped, 'kubernetes/base');
  const { spec: scaled } = parse(await readFile(path.join(base, 'autoscaler.yaml'), 'utf8'));
  for (const file of [path.join(base, 'stateful-set.yaml'), path.join(base, '../overlays/example/stateful-set.yaml')]) {
    const { kind, metadata, spec } = parse(await readFile(file, 'utf8'));
    t.match(scaled.scaleTargetRef, { kind, name: metadata.name });
    t.notOk('replicas' in spec, file);
  }
  t.equal(scaled.minReplicas, 2);
});

t.test('the checks find what a manifest names and no other one has', async (t) => {
  for (const [file, from, to, fault] of [
    ['stateful-set.yaml', 'name: passwords, mountPath', 'name: passwordz, mountPath', /no volume passwordz/],
    ['services.yaml', 'targetPort: http', 'targetPort: httpx', /no port httpx/],
    ['stateful-set.yaml', 'path: /health/ready', 'path: /health/redy', /no route \/health\/redy/],
    ['stateful-set.yaml', '/config/start.sh', '/config/begin.sh', /no file begin.sh/],
    ['stateful-set.yaml', 'serviceName: lienthong-each', 'serviceName: each', /no Service each/],
    [
      'stateful-set.yaml',
      'secretName: lienthong-passwords',
      'secretName: passwords',
      /no Secret or ConfigMap passwords/,
    ],
    [
      'autoscaler.yaml',
      'kind: StatefulSet, name: lienthong',
      'kind: StatefulSet, name: lienthongx',
      /no StatefulSet lienthongx/,
    ],
    ['disruption-budget.yaml', 'app.kubernetes.io/name: lienthong', 'app.kubernetes.io/name: lienthing', /no pod has/],
    ['kustomization.yaml', 'includeTemplates', 'includeTemplate', /additional properties includeTemplate$/],
    ['kustomization.yaml', 'config/start.sh', 'config/begin.sh', /no base\/config\/begin.sh/],
  ] as const) {
    const faults = await checkKubernetes(await copyWith(t, `kubernetes/base/${file}`, from, to));
    t.match(faults.join('\n'), fault, to);
  }
});

t.test('the checks find what HAProxy, Prometheus and Compose name and Compose has not', async (t) => {
  for (const [file, from, to, fault] of [
    ['haproxy/haproxy.cfg', '/health/ready', '/health/redy', /no route \/health\/redy/],
    [
      'haproxy/haproxy.cfg',
      'server gateway-2 gateway-2:8080',
      'server gateway-2 gateway-3:8080',
      /no service gateway-3/,
    ],
    ['prometheus/prometheus.yaml', 'gateway-2:8080', 'gateway-4:8080', /no service gateway-4/],
    ['compose.yaml', ':8080/health/ready', ':8080/ready', /no route \/ready/],
    ['compose.yaml', 'secrets: [redis.password', 'secrets: [redis.passwort', /no secret redis.passwort/],
  ] as const) {
    const faults = await checkCompose(await copyWith(t, file, from, to));
    t.match(faults.join('\n'), fault, to);
  }
});

t.test('the checks find an alert about what no metric ever tells', async (t) => {
  const rules = 'prometheus/rules.yaml';
  for (const [from, to, fault] of [
    ['{standing="dead"}', '{standing="ded"}', /DeadLetters: standing of lienthong_deliveries_standing is never ded/],
    ['{standing="dead"}', '{standings="dead"}', /lienthong_deliveries_standing has no label standings/],
    ['max by (service)', 'max by (servise)', /CircuitOpen: nothing here has the label servise/],
    ['{problem="overloaded"}', '{problem="overload"}', /problem of .* is never overload/],
  ] as const) {
    t.match((await checkWatching(await copyWith(t, rules, from, to))).join('\n'), fault, to);
  }
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
