/** One row as the Data Tracker's protocol has it (section 6.1.4). */

import { outcomeOf } from '../../exchange/access.ts';
import type { AuditRow } from '../../exchange/audit.ts';
import type { LocalText } from '../../exchange/services.ts';
import type { Names } from './citizen-dependencies.ts';

export interface Usage {
  /** RFC 3339, UTC. */
  readonly logtime: string;
  /** What was done and why, for people. */
  readonly action: string;
  /** Organisation code of who asked. */
  readonly receiverCode: string;
  readonly receiverName: string | undefined;
  readonly receiverSystem: string;
}

const words = {
  refused: { vi: 'bị từ chối', en: 'refused' },
  event: { vi: 'Nhận thông báo', en: 'Was told' },
  look: { vi: 'Kiểm tra nhật ký', en: 'Audit of the log' },
  admin: { vi: 'Quản trị', en: 'Administration' },
  auditor: { vi: 'Kiểm toán viên', en: 'Auditor' },
  operator: { vi: 'Người vận hành', en: 'Operator' },
  // Only ever refused: a look at somebody else.
  citizen: { vi: 'Người dân', en: 'Member of the public' },
} satisfies Record<string, LocalText>;

export function printUsage(row: AuditRow, names: Names, language: keyof LocalText): Usage {
  const { time: logtime, consumer, log } = row;
  const action = [actionOf(row, names, language), row.purpose, refusalOf(row, language)].filter(Boolean).join(' · ');
  if (!isExchange(row) || consumer === undefined) {
    const receiver = row.role ?? 'operator';
    return { logtime, action, receiverCode: receiver, receiverName: words[receiver][language], receiverSystem: log };
  }
  const [, , code = consumer, ...system] = consumer.split('/');
  return {
    logtime,
    action,
    receiverCode: code,
    receiverName: names.member(consumer)?.[language],
    receiverSystem: names.subsystem(consumer)?.[language] ?? system.join('/'),
  };
}

/** What a system asked about the person, was told or reported of them, and what became of that. */
function isExchange({ kind }: AuditRow): boolean {
  return kind === 'query' || kind === 'push' || kind === 'delivery' || kind === 'event';
}

function actionOf(row: AuditRow, names: Names, language: keyof LocalText): string {
  const { kind, service, look, action } = row;
  if (kind === 'event') return `${words.event[language]}: ${(service && names.service(service)?.[language]) ?? action}`;
  if (isExchange(row)) return (service && names.service(service)?.[language]) ?? service ?? '';
  return `${words[kind === 'audit' ? 'look' : 'admin'][language]} (${look ?? action})`;
}

function refusalOf(row: AuditRow, language: keyof LocalText): string | undefined {
  const said = words.refused[language];
  if (row.problem !== undefined) return `${said} (${row.problem})`;
  return outcomeOf(row) === 'ok' ? undefined : said;
}
