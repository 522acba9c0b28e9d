/** Days as Viet Nam counts them: UTC+07:00, all year. */

const offsetMs = 7 * 3_600_000;

/** `YYYY-MM-DD` of a moment, Unix milliseconds. */
export function dayInVietNam(atMs: number): string {
  return new Date(atMs + offsetMs).toISOString().slice(0, 10);
}
