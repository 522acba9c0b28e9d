/** Names evidence files by number and by the day on which each was begun, so that whole files can be given up when their time is over. */

const form = /^(\d{8})-(\d{4}-\d{2}-\d{2})$/;
const suffix = '.sealed';
const numberDigits = 8;

/** As an entry names it, such as `00000012-2026-03-02`; the day is UTC. */
export function evidenceFile(number: number, nowMs: number): string {
  return `${String(number).padStart(numberDigits, '0')}-${new Date(nowMs).toISOString().slice(0, 10)}`;
}

/** Name in the folder. */
export const onDisk = (file: string): string => `${file}${suffix}`;

/** Undefined for a name that is no evidence file's. */
export function parseOnDisk(name: string): { readonly file: string; readonly number: number } | undefined {
  const file = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  const [, number] = form.exec(file) ?? [];
  return number === undefined ? undefined : { file, number: Number(number) };
}

export const isEvidenceFile = (file: string): boolean => form.test(file);
