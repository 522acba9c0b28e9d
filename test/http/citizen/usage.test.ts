/** A usage in the Data Tracker's form says what became of it. */

import t from 'tap';
import type { AuditRow } from '../../../src/exchange/audit.ts';
import type { Names } from '../../../src/http/citizen/citizen-dependencies.ts';
import { printUsage } from '../../../src/http/citizen/usage.ts';

const names: Names = {
  member: () => ({ vi: 'Hà Nội', en: 'Ha Noi' }),
  subsystem: () => undefined,
  service: () => ({ vi: 'Đăng ký khai tử', en: 'Register a death' }),
};
const row: AuditRow = {
  log: 'a',
  index: 1,
  id: '0190b8f2-0000-7000-8000-000000000000',
  kind: 'delivery',
  time: '2026-11-22T08:00:00.000Z',
  consumer: 'VN/GOV/H26/one-stop',
  service: 'VN/GOV/G15/civil-status/register-death',
  status: 200,
  durationMs: 0,
};

t.test('a push that a registry refused is told as refused, in both languages', async (t) => {
  const action = (changes: Partial<AuditRow>, language: 'vi' | 'en') =>
    printUsage({ ...row, ...changes }, names, language).action;
  t.equal(action({ action: 'refused' }, 'en'), 'Register a death · refused');
  t.equal(action({ action: 'refused' }, 'vi'), 'Đăng ký khai tử · bị từ chối');
  t.equal(action({ action: 'delivered' }, 'en'), 'Register a death');
  t.equal(action({ kind: 'push', problem: 'quota-exceeded' }, 'en'), 'Register a death · refused (quota-exceeded)');
});
