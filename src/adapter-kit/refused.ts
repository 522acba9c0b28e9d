/** Makes a registry's refusal of a delivery, with its reason in both languages. */

import type { DeliveryRefused } from './delivery.ts';

/** `code` is stable, for programs: `already-registered`. The words go to the sender: no personal data. */
export function refused(code: string, en: string, vi: string): DeliveryRefused {
  return { outcome: 'refused', reason: { code, en, vi } };
}
