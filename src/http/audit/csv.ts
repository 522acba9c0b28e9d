/** Prints rows as RFC 4180 CSV that a spreadsheet takes for data and never for formulas. */

/** What spreadsheets begin a formula with. */
const formula = /^[=+\-@\t\r]/;

/**
 * One line with its end. Lists are joined by spaces, absent cells are empty. A cell that would be a formula begins with
 * an apostrophe, which is no part of the value.
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
