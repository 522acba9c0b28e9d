/** Works out a person's marital status at a day from the marriages in the books and the person's own death. */

/** A row of sql/marriages.sql; days are yyyy-mm-dd. */
export interface MarriageRow {
  readonly tu_ngay: string;
  readonly den_ngay: string | null;
  readonly ly_do: 'LH' | 'CT' | 'HU' | null;
  /** The member of `ket_hon` that is the other party. */
  readonly nguoi_kia: 'chong' | 'vo';
  readonly ket_hon: Readonly<Record<string, unknown>>;
}

/** 1 single, 2 married, 3 divorced, 4 widowed. */
export interface MaritalStatus {
  readonly tinh_trang: 1 | 2 | 3 | 4;
  /** yyyy-mm-dd; absent for those who never married. */
  readonly tu_ngay?: string;
  /** The marriage that the status rests on. */
  readonly marriage?: MarriageRow;
}

/**
 * `at` is yyyy-mm-dd, `diedOn` as exact as it is known. A marriage counts from the day of its registration until the day
 * before its end; an annulled one counts for nothing from then on (Law on Marriage and Family, article 12). One's own
 * death ends a marriage for the other party only: the dead keep the status that they had.
 */
export function maritalStatusAt(
  marriages: readonly MarriageRow[],
  at: string,
  diedOn: string | undefined,
): MaritalStatus {
  const hasEnded = ({ den_ngay, ly_do }: MarriageRow) =>
    den_ngay !== null && den_ngay <= at && !(ly_do === 'CT' && diedOn !== undefined && den_ngay.startsWith(diedOn));
  const valid = marriages.filter(
    (marriage) => marriage.tu_ngay <= at && !(marriage.ly_do === 'HU' && hasEnded(marriage)),
  );
  const last = valid.toSorted((a, b) => (a.tu_ngay < b.tu_ngay ? -1 : 1)).at(-1);
  if (last === undefined) return { tinh_trang: 1 };
  if (!hasEnded(last)) return { tinh_trang: 2, tu_ngay: last.tu_ngay, marriage: last };
  return {
    tinh_trang: last.ly_do === 'CT' ? 4 : 3,
    ...(last.den_ngay === null ? {} : { tu_ngay: last.den_ngay }),
    marriage: last,
  };
}
