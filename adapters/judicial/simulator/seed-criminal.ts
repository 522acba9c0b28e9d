/** Draws criminal records for about one adult of the sample in a hundred, and certificates for some of the others. */

import { createHash } from 'node:crypto';
import { castPins, type SamplePerson } from '../../sample-people/index.ts';
import type { Row } from './seed-rows.ts';

export interface CriminalRows {
  readonly convictions: readonly Row[];
  readonly verifications: readonly Row[];
  readonly certificates: readonly Row[];
}

/** Old enough for a conviction, its clearance included. */
const adultBornUntil = 2000;
/** Shares of the adults. */
const share = { convicted: 0.009, pending: 0.002, certificateOfForm1: 0.3, certificateOfForm2: 0.1 };
/** Share of the convicted whose convictions are all cleared, and that of those who have two. */
const clearedShare = 0.25;
const secondShare = 0.2;

const offences = [
  ['Trộm cắp tài sản (Điều 173 Bộ luật Hình sự)', '12 tháng tù'],
  ['Đánh bạc (Điều 321 Bộ luật Hình sự)', 'Phạt tiền 20.000.000 đồng'],
  ['Vi phạm quy định về tham gia giao thông đường bộ (Điều 260 Bộ luật Hình sự)', '18 tháng tù cho hưởng án treo'],
  ['Cố ý gây thương tích (Điều 134 Bộ luật Hình sự)', '24 tháng tù'],
  ['Gây rối trật tự công cộng (Điều 318 Bộ luật Hình sự)', '12 tháng cải tạo không giam giữ'],
  ['Lừa đảo chiếm đoạt tài sản (Điều 174 Bộ luật Hình sự)', '36 tháng tù'],
] as const;

/** The cast has no draws: one cleared conviction of Lê Văn Sáu, and certificates of both forms for its adults. */
export function criminalRows(people: readonly SamplePerson[]): CriminalRows {
  const cast = new Set<string>(Object.values(castPins));
  const adults = people.filter(({ dateOfBirth }) => yearOf(dateOfBirth.value) <= adultBornUntil);
  const drawn = adults.filter(({ pin, status }) => !cast.has(pin) && (status === 'active' || status === 'missing'));
  const convicted = drawn.filter(({ pin }) => draw(pin, 'convicted') < share.convicted);
  const pending = drawn.filter(({ pin }) => draw(pin, 'pending') < share.pending);
  return {
    convictions: [convictionOfSau, ...convicted.flatMap(convictionsOf)],
    verifications: pending.map(({ pin }) => ({ so_dinh_danh: pin, tu_ngay: day(pin, 'pending since', 2025, 2025) })),
    certificates: adults
      .filter(({ pin, death }) => cast.has(pin) || death === undefined)
      .flatMap((person) => certificatesOf(person, cast.has(person.pin))),
  };
}

const convictionOfSau: Row = {
  so_ban_an: '15/2011/HSST',
  so_dinh_danh: castPins.sau,
  toa_an: 'Tòa án nhân dân quận Ba Đình',
  ngay_tuyen: '2011-06-20',
  toi_danh: 'Trộm cắp tài sản',
  hinh_phat: '6 tháng tù cho hưởng án treo',
  ngay_xoa: '2013-06-20',
};

const certificateOfDuc: Row = {
  so_dinh_danh: castPins.duc,
  loai_phieu: 1,
  so: '0042/2024/LLTP',
  ngay_cap: '2024-05-06',
  noi_cap: 'Sở Tư pháp thành phố Hà Nội',
};

function convictionsOf(person: SamplePerson): Row[] {
  const { pin, dateOfBirth } = person;
  const firstYear = Math.max(2010, yearOf(dateOfBirth.value) + 18);
  const cleared = draw(pin, 'cleared') < clearedShare;
  const topics = draw(pin, 'second') < secondShare ? ['first', 'second'] : ['first'];
  return topics.map((topic) => {
    const judgedOn = cleared ? day(pin, topic, firstYear, 2020) : day(pin, topic, 2022, 2025);
    const [offence, sentence] = offences[Math.floor(draw(pin, `${topic} offence`) * offences.length)] ?? offences[0];
    return {
      // The index makes the number unique; real courts count their own judgments.
      so_ban_an: `${person.index}${topic === 'second' ? 'A' : ''}/${judgedOn.slice(0, 4)}/HS-ST`,
      so_dinh_danh: pin,
      toa_an: `Tòa án nhân dân ${provinceOf(person)}`,
      ngay_tuyen: judgedOn,
      toi_danh: offence,
      hinh_phat: sentence,
      ngay_xoa: cleared ? day(pin, `${topic} cleared`, 2023, 2024) : null,
    };
  });
}

function certificatesOf(person: SamplePerson, always: boolean): Row[] {
  const { pin, index } = person;
  const has = (form: 1 | 2) => always || draw(pin, `form ${form}`) < share[`certificateOfForm${form}`];
  return ([1, 2] as const).filter(has).map((form) => {
    if (pin === castPins.duc && form === 1) return certificateOfDuc;
    // Departments of Justice issued the certificates until 28 February 2025.
    const issuedOn = day(pin, `certificate ${form}`, 2022, 2023);
    return {
      so_dinh_danh: pin,
      loai_phieu: form,
      so: `${index + 1}/${issuedOn.slice(0, 4)}/LLTP${form}`,
      ngay_cap: issuedOn,
      noi_cap: `Sở Tư pháp ${provinceOf(person)}`,
    };
  });
}

/** At least 0, below 1: hangs on person and topic alone, so that a change in one part of the sample moves no other. */
function draw(pin: string, topic: string): number {
  return createHash('sha256').update(`${topic}:${pin}`).digest().readUInt32BE() / 2 ** 32;
}

/** A day of the years, both included, YYYY-MM-DD. */
function day(pin: string, topic: string, firstYear: number, lastYear: number): string {
  const first = Date.UTC(firstYear, 0, 1);
  const days = (Date.UTC(lastYear + 1, 0, 1) - first) / 86_400_000;
  return new Date(first + Math.floor(draw(pin, topic) * days) * 86_400_000).toISOString().slice(0, 10);
}

const yearOf = (date: string): number => Number(date.slice(0, 4));

/** `Thành phố Hà Nội` to `thành phố Hà Nội`, as it stands in the middle of a name. */
function provinceOf({ permanent }: SamplePerson): string {
  const { name } = permanent.address.province;
  return name.charAt(0).toLowerCase() + name.slice(1);
}
