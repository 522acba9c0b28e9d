/** A gateway with its index in a PostgreSQL of the test's own, some exchanges in its log, and auditors who look at them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditScope } from '../../src/exchange/callers.ts';
import { auditScopes } from '../../src/identity/tokens.ts';
import type { LoggedEntry, ShownRow } from './answers.ts';
import { type GatewaySetup, type Reply, readReply, type TestGateway } from './gateway.ts';
import { pins } from './incoming-fixture.ts';
import { startPostgres, type Teardown, type TestServer } from './servers.ts';
import { runSql } from './state-fixture.ts';
import { askService, fragileService, startTroubledGateway } from './troubled.ts';

export interface AuditGateway extends TestGateway {
  readonly postgres: TestServer;
  auditor(changes?: { id?: string; scopes?: readonly AuditScope[]; confinedTo?: string }): Promise<string>;
  get(path: string, token?: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  post(path: string, body: unknown, token?: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Resolves when everything in the log so far is in the index. */
  indexed(): Promise<void>;
  /** What the log holds, the newest first. */
  newestFirst(): Promise<LoggedEntry[]>;
  /** Every row of a search, page by page. */
  allRows(query: string, token: string): Promise<ShownRow[]>;
}

export const dossier = 'H21.123-240315-0007';
export const freeIssue = 'the case of the missing stamp';

export async function startAuditGateway(t: Teardown, setup: GatewaySetup = {}): Promise<AuditGateway> {
  const postgres = await startPostgres(t);
  const gateway = await startTroubledGateway(t, {
    ...setup,
    settings: {
      ...setup.settings,
      state: { database: { url: postgres.url }, retryMs: 50, retryMsMax: 200 },
      index: { ...setup.settings?.index, pauseMs: 10 },
    },
  });
  const headersOf = (token?: string) => (token === undefined ? {} : { authorization: `Bearer ${token}` });
  const audit: AuditGateway = {
    ...gateway,
    postgres,
    auditor: ({ id = 'auditor-1', scopes = auditScopes, confinedTo } = {}) =>
      gateway.gateway.issueToken({
        id,
        role: 'auditor',
        scopes,
        lifetimeSeconds: 600,
        ...(confinedTo === undefined ? {} : { confinedTo }),
      }),
    get: (path, token, headers = {}) =>
      fetch(`${gateway.url}${path}`, { headers: { ...headersOf(token), ...headers } }).then(readReply),
    post: (path, body, token, headers = {}) =>
      fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { ...headersOf(token), 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }).then(readReply),
    async indexed() {
      const { length } = await gateway.entries();
      for (let tries = 0; tries < 500; tries += 1) {
        const [row] = await runSql(postgres.url, 'SELECT sum(indexed) AS indexed FROM audit_logs').catch(() => []);
        if (Number(row?.indexed ?? 0) >= length) return;
        await sleep(20);
      }
      throw new Error('the index did not catch up');
    },
    newestFirst: async () => (await gateway.entries()).toReversed(),
    async allRows(query, token) {
      const rows: ShownRow[] = [];
      for (let after = ''; ; ) {
        const { status, body } = await audit.get(`/v1/audit/exchanges?${query}${after}`, token);
        if (status !== 200) throw new Error(JSON.stringify(body));
        rows.push(...body.rows);
        if (body.next === undefined) return rows;
        after = `&after=${encodeURIComponent(body.next)}`;
      }
    },
  };
  return audit;
}

/** Exchanges that differ in everything one can search by; all are in the index afterwards. */
export async function makeExchanges(audit: AuditGateway): Promise<void> {
  const g07 = 'G07/social-protection';
  const g15 = 'G15/civil-status';
  const first = { 'exchange-purpose': 'first' };
  await audit.call(askService, g07, { pin: pins.hoa }, { 'x-road-userid': 'official-1', 'x-road-issue': dossier });
  await audit.call(askService, g07, { pin: pins.duc }, { 'x-road-userid': 'official-2', 'x-road-issue': freeIssue });
  await audit.call(fragileService, g07, { pin: pins.hoa }, { 'x-road-userid': 'official-1' });
  await audit.call(askService, g15, { pin: pins.hoa }, first);
  await audit.call(askService, g15, { pin: pins.minh }, { ...first, 'x-road-issue': dossier });
  await audit.call(askService, g15, { pin: pins.hoa });
  await audit.call(askService, 'H41/one-stop', { pin: pins.hoa });
  await audit.call(askService, g07, { pin: '123' });
  await audit.call(askService, g07, { pin: pins.hoa, trouble: 'bug' });
  await fetch(`${audit.url}/r1/VN/GOV/${askService}/v1`, {
    method: 'POST',
    headers: { 'x-road-client': `VN/GOV/${g07}` },
  });
  await audit.indexed();
}
