/** The last step of the tour: the person whom it was about sees all of it, the auditor's look too. */

import { type AuditStep, onceIndexed } from './audit-steps.ts';

interface OwnAccesses {
  readonly look: { readonly number: number };
  readonly accesses: readonly OwnAccess[];
  readonly next?: string;
}

interface OwnAccess {
  readonly role?: string;
  readonly consumer?: string;
  readonly look?: string;
  readonly outcome?: string;
  readonly inclusion?: unknown;
}

export const citizenSteps: readonly AuditStep[] = [
  {
    title: 'citizen: who asked about me',
    take: async (ask) => {
      const { answer, header } = await onceIndexed(
        () => ask<OwnAccesses>('/v1/me/accesses'),
        ({ accesses }) => accesses.length > 0,
      );
      const { look, accesses, next } = answer;
      const before = look.number - 1;
      const unproven = accesses.filter(({ inclusion }) => inclusion === undefined);
      if (unproven.length > 0) throw new Error(`${unproven.length} rows come without a proof`);
      if (next === undefined && accesses.length !== before) {
        throw new Error(`${accesses.length} rows, though ${before} entries came before the look`);
      }
      const [newest] = accesses;
      const line = `${before} entries, none left out; the newest: ${newest?.role ?? newest?.consumer} ${newest?.look ?? newest?.outcome}`;
      return { line, index: header('exchange-log-index') };
    },
  },
];
