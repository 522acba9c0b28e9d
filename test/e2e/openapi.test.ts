/** The OpenAPI document is complete and passes a public linter; so does each service's own. */

import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import { problemKinds } from '../../src/problem-kinds.ts';
import { evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { readReply, startGateway } from '../support/gateway.ts';
import { startTroubledGateway } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

/** Never a reply to a service call. */
const elsewhere = [
  'not-found',
  'client-disconnected',
  'role-not-allowed',
  'checkpoint-pending',
  'evidence-erased',
  'events-expired',
  'events-busy',
  'events-unavailable',
  'parameter-invalid',
  'index-unavailable',
  'result-too-large',
  'gateway-stopping',
  'refused-in-part',
];

async function lint(document: object): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const findings = await lintFromString({ source: JSON.stringify(document), config });
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`);
}

t.test('the whole document', async (t) => {
  const evidence = evidenceSettings(await makeAuditor(t.testdir({}), 'auditor-1'), []);
  const { url } = await startGateway(t, { settings: { evidence } });
  const { status, body } = await fetch(`${url}/openapi.json`).then(readReply);
  t.equal(status, 200);
  t.equal(body.openapi, '3.1.0');
  t.same(await lint(body), []);
  const operations = Object.entries(body.paths).filter(([path]) => path.startsWith('/r1/'));
  t.equal(operations.length, 18, 'every service is there, and no wildcard');
  const getPerson = body.paths['/r1/VN/GOV/G01/population/get-person/v1'] ?? {};
  t.same(Object.keys(getPerson), ['post']);
  t.equal(getPerson.post?.['x-fields']?.ethnicity, 'sensitive');
  t.ok(getPerson.post?.requestBody?.content?.['application/json']?.examples?.example1);
  const responses = JSON.stringify(body.components.responses);
  for (const code of Object.keys(problemKinds)) {
    if (elsewhere.includes(code)) continue;
    t.ok(responses.includes(`"${code}"`), `${code} is described`);
  }
  for (const path of [
    '/log/checkpoint',
    '/log/tile/{level}/{index}',
    '/v1/exchanges/{id}/receipt',
    '/v1/me/accesses',
    '/v1/admin/registries',
    '/v2/findUsage',
    '/v1/audit/exchanges/{id}/evidence',
  ]) {
    t.ok(body.paths[path]?.get, `${path} is described`);
  }
  t.ok(body.paths['/v1/admin/subjects/erase-key']?.post);
  for (const path of ['exchanges', 'exchanges/{id}', 'statistics', 'subjects']) {
    t.ok(body.paths[`/v1/audit/${path}`]?.get, `${path} is described`);
  }
  for (const path of ['exchanges/search', 'subjects']) t.ok(body.paths[`/v1/audit/${path}`]?.post, path);
  const reference = await fetch(`${url}/docs/`);
  t.match(await reference.text(), /<title>Lienthong/);
  const policy = reference.headers.get('content-security-policy');
  t.match(policy, /default-src 'self'/);
  t.notMatch(policy, /upgrade-insecure-requests/, 'the page is there over plain HTTP, too');
});

t.test('a service’s own document', async (t) => {
  const gateway = await startTroubledGateway(t);
  const headers = {
    'x-road-client': 'VN/GOV/G07/social-protection',
    authorization: `Bearer ${await gateway.token('VN/GOV/G07/social-protection')}`,
  };
  const { body } = await fetch(`${gateway.url}/r1/VN/GOV/G18/troubles/getOpenAPI?serviceCode=ask`, { headers }).then(
    readReply,
  );
  t.same(await lint(body), []);
  t.ok(body.components.schemas?.['troubles.ask.v1.request'], 'with the schemas of an adapter from outside');
});
