/** People who ask a running gateway about themselves, and keep what it answers. */

import type { Answer } from './answers.ts';
import { type AuditGateway, makeExchanges, startAuditGateway } from './audit-fixture.ts';
import type { GatewaySetup, Reply } from './gateway.ts';
import { pins } from './incoming-fixture.ts';
import type { Teardown } from './servers.ts';

export interface CitizenGateway extends AuditGateway {
  citizen(pin: string): Promise<string>;
  /** `GET /v1/me/accesses` with that person's token. */
  accessesOf(pin: string, query?: string): Promise<Reply>;
  /** Every page, until there is no next one. */
  pagesOf(pin: string, query: string): Promise<Answer[]>;
}

/** With exchanges about several people, and an auditor's look at one of them. */
export async function startCitizenGateway(t: Teardown, setup: GatewaySetup = {}): Promise<CitizenGateway> {
  const audit = await startAuditGateway(t, {
    ...setup,
    settings: { ...setup.settings, exchangeLog: { checkpointIntervalMs: 50 } },
  });
  await makeExchanges(audit);
  await audit.post('/v1/audit/subjects', { pin: pins.hoa }, await audit.auditor());
  const citizen = (id: string) => audit.gateway.issueToken({ id, role: 'citizen', lifetimeSeconds: 600 });
  const accessesOf = async (pin: string, query = '') => audit.get(`/v1/me/accesses${query}`, await citizen(pin));
  return {
    ...audit,
    citizen,
    accessesOf,
    async pagesOf(pin, query) {
      const pages: Answer[] = [];
      for (let after = ''; ; ) {
        const { status, body } = await accessesOf(pin, `?${query}${after}`);
        if (status !== 200) throw new Error(JSON.stringify(body));
        pages.push(body);
        if (body.next === undefined) return pages;
        after = `&after=${encodeURIComponent(body.next)}`;
      }
    },
  };
}
