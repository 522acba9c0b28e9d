/** Places of the sample, each with its codes before and after 1 July 2025, when districts ended and provinces merged. */

import type { Random } from './random.ts';
import type { SampleAddress, SampleResidence, SampleUnit } from './types.ts';

/** The day from which codes are those of Decision 19/2025/QD-TTg. */
export const mergerDay = '2025-07-01';

export interface Place {
  /** Weight in the sample. */
  readonly weight: number;
  /** Codes until 30 June 2025. */
  readonly before: {
    readonly province: SampleUnit;
    readonly district: SampleUnit;
    readonly communes: readonly SampleUnit[];
  };
  readonly after: { readonly province: SampleUnit; readonly communes: readonly SampleUnit[] };
}

const unit = (code: string, name: string): SampleUnit => ({ code, name });

const newLaoCai = unit('15', 'Tỉnh Lào Cai');
const newBacNinh = unit('24', 'Tỉnh Bắc Ninh');
const newGiaLai = unit('52', 'Tỉnh Gia Lai');

/** Where the cast lives. */
export const hoanKiem: Place = place(
  15,
  [unit('01', 'Thành phố Hà Nội'), unit('002', 'Quận Hoàn Kiếm')],
  [unit('00070', 'Phường Hàng Trống'), unit('00061', 'Phường Hàng Bạc'), unit('00076', 'Phường Hàng Bông')],
  unit('01', 'Thành phố Hà Nội'),
  [unit('00070', 'Phường Hoàn Kiếm'), unit('00082', 'Phường Cửa Nam')],
);

export const baDinh: Place = place(
  15,
  [unit('01', 'Thành phố Hà Nội'), unit('001', 'Quận Ba Đình')],
  [unit('00001', 'Phường Phúc Xá'), unit('00004', 'Phường Trúc Bạch'), unit('00016', 'Phường Ngọc Hà')],
  unit('01', 'Thành phố Hà Nội'),
  [unit('00004', 'Phường Ba Đình'), unit('00008', 'Phường Ngọc Hà')],
);

const places: readonly Place[] = [
  hoanKiem,
  baDinh,
  place(
    20,
    [unit('79', 'Thành phố Hồ Chí Minh'), unit('760', 'Quận 1')],
    [unit('26734', 'Phường Tân Định'), unit('26740', 'Phường Bến Nghé'), unit('26743', 'Phường Bến Thành')],
    unit('79', 'Thành phố Hồ Chí Minh'),
    [unit('26737', 'Phường Tân Định'), unit('26740', 'Phường Sài Gòn'), unit('26743', 'Phường Bến Thành')],
  ),
  place(
    14,
    [unit('40', 'Tỉnh Nghệ An'), unit('412', 'Thành phố Vinh')],
    [unit('16666', 'Phường Hà Huy Tập'), unit('16669', 'Phường Lê Lợi'), unit('16673', 'Phường Hưng Phúc')],
    unit('40', 'Tỉnh Nghệ An'),
    [unit('16681', 'Phường Thành Vinh'), unit('16690', 'Phường Trường Vinh')],
  ),
  place(
    6,
    [unit('10', 'Tỉnh Lào Cai'), unit('080', 'Thành phố Lào Cai')],
    [unit('02644', 'Phường Cốc Lếu'), unit('02647', 'Phường Kim Tân')],
    newLaoCai,
    [unit('02647', 'Phường Lào Cai'), unit('02671', 'Phường Cam Đường')],
  ),
  place(
    6,
    [unit('15', 'Tỉnh Yên Bái'), unit('132', 'Thành phố Yên Bái')],
    [unit('04249', 'Phường Yên Thịnh'), unit('04252', 'Phường Yên Ninh'), unit('04261', 'Phường Đồng Tâm')],
    newLaoCai,
    [unit('04252', 'Phường Yên Bái'), unit('04279', 'Phường Văn Phú')],
  ),
  place(
    6,
    [unit('24', 'Tỉnh Bắc Giang'), unit('213', 'Thành phố Bắc Giang')],
    [unit('07201', 'Phường Thọ Xương'), unit('07207', 'Phường Ngô Quyền'), unit('07213', 'Phường Trần Phú')],
    newBacNinh,
    [unit('07210', 'Phường Bắc Giang'), unit('07228', 'Phường Đa Mai')],
  ),
  place(
    6,
    [unit('27', 'Tỉnh Bắc Ninh'), unit('256', 'Thành phố Bắc Ninh')],
    [unit('09163', 'Phường Vũ Ninh'), unit('09187', 'Phường Suối Hoa')],
    newBacNinh,
    [unit('09169', 'Phường Vũ Ninh'), unit('09187', 'Phường Kinh Bắc')],
  ),
  place(
    6,
    [unit('52', 'Tỉnh Bình Định'), unit('540', 'Thành phố Quy Nhơn')],
    [unit('21550', 'Phường Nhơn Bình'), unit('21562', 'Phường Hải Cảng'), unit('21580', 'Phường Trần Phú')],
    newGiaLai,
    [unit('21583', 'Phường Quy Nhơn'), unit('21592', 'Phường Quy Nhơn Nam')],
  ),
  place(
    6,
    [unit('64', 'Tỉnh Gia Lai'), unit('622', 'Thành phố Pleiku')],
    [unit('23560', 'Phường Diên Hồng'), unit('23575', 'Phường Tây Sơn')],
    newGiaLai,
    [unit('23563', 'Phường Diên Hồng'), unit('23575', 'Phường Pleiku')],
  ),
];

const streets = ['Trần Hưng Đạo', 'Lê Lợi', 'Nguyễn Huệ', 'Hai Bà Trưng', 'Quang Trung', 'Phan Bội Châu', 'Hùng Vương'];

export function randomPlace(random: Random): Place {
  return random.weighted(places.map((each) => [each.weight, each] as const));
}

export function randomLine(random: Random): string {
  return `Số ${random.between(1, 240)} đường ${random.pick(streets)}`;
}

/** The address in the codes that were in force on the day. */
export function addressIn(place: Place, line: string, asOf: string, nth: number): SampleAddress {
  if (asOf < mergerDay) {
    const { province, district, communes } = place.before;
    return { line, commune: nthOf(communes, nth), district, province, asOf };
  }
  return { line, commune: nthOf(place.after.communes, nth), province: place.after.province, asOf };
}

export function residence(address: SampleAddress, since: string): SampleResidence {
  return { address, since, authority: `Công an ${inSentence(address.commune)}` };
}

/** The people's committee that keeps the civil-status books of a place on a day. */
export function committee(place: Place, day: string, nth: number): string {
  const { communes, province } = day < mergerDay ? place.before : place.after;
  return `Ủy ban nhân dân ${inSentence(nthOf(communes, nth))}, ${inSentence(province)}`;
}

/** Native places are written down once and not renamed with the units. */
export function nativePlaceIn({ before }: Place): string {
  return `${before.district.name}, ${inSentence(before.province)}`;
}

/** The kind of a unit takes no capital letter inside a sentence: phường Hàng Trống. */
function inSentence({ name }: SampleUnit): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function nthOf(communes: readonly SampleUnit[], nth: number): SampleUnit {
  const commune = communes[nth % communes.length];
  if (commune === undefined) throw new RangeError('a place has at least one commune');
  return commune;
}

function place(
  weight: number,
  [province, district]: readonly [SampleUnit, SampleUnit],
  before: readonly SampleUnit[],
  newProvince: SampleUnit,
  after: readonly SampleUnit[],
): Place {
  return {
    weight,
    before: { province, district, communes: before },
    after: { province: newProvince, communes: after },
  };
}
