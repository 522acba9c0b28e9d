/** Vietnamese names as registers hold them: common ones, minority ones with apostrophe or hyphen, and those with two spellings. */

import type { Random } from './random.ts';
import type { SampleSex } from './types.ts';

const surnames: readonly (readonly [number, string])[] = [
  [31, 'Nguyễn'],
  [11, 'Trần'],
  [9, 'Lê'],
  [7, 'Phạm'],
  [5, 'Hoàng'],
  [4, 'Phan'],
  [4, 'Vũ'],
  [3, 'Võ'],
  [3, 'Huỳnh'],
  [3, 'Đặng'],
  [2, 'Bùi'],
  [2, 'Đỗ'],
  [2, 'Hồ'],
  [2, 'Ngô'],
  [2, 'Dương'],
  [1, 'Lý'],
];

const middles = {
  male: ['Văn', 'Văn', 'Đức', 'Minh', 'Quang', 'Hữu', 'Công', 'Xuân', 'Thành', 'Ngọc'],
  female: ['Thị', 'Thị', 'Thị', 'Ngọc', 'Thu', 'Thanh', 'Kim', 'Thùy', 'Mai', 'Hồng'],
};

const givens = {
  male: [
    'An',
    'Bình',
    'Cường',
    'Dũng',
    'Đạt',
    'Đức',
    'Hải',
    'Hiếu',
    'Hòa',
    'Hoà',
    'Hóa',
    'Hùng',
    'Huy',
    'Khỏe',
    'Khoa',
    'Lâm',
    'Long',
    'Minh',
    'Nam',
    'Nghĩa',
    'Phong',
    'Phúc',
    'Quân',
    'Sơn',
    'Tài',
    'Thắng',
    'Tiến',
    'Toàn',
    'Tuấn',
    'Việt',
  ],
  female: [
    'Ánh',
    'Bích',
    'Chi',
    'Diệp',
    'Dung',
    'Đào',
    'Hà',
    'Hạnh',
    'Hiền',
    'Hòa',
    'Hoa',
    'Hương',
    'Huyền',
    'Lan',
    'Liên',
    'Linh',
    'Loan',
    'Mai',
    'My',
    'Nga',
    'Ngân',
    'Nhung',
    'Oanh',
    'Phương',
    'Quỳnh',
    'Thảo',
    'Thúy',
    'Thuý',
    'Thủy',
    'Trang',
    'Tuyết',
    'Yến',
  ],
};

/** Ethnicities with the way their names are built; the weight is per mille. */
const peoples: readonly (readonly [number, string])[] = [
  [870, 'Kinh'],
  [40, 'Tày'],
  [30, 'Mông'],
  [30, 'Gia Rai'],
  [20, 'Ba Na'],
  [10, 'Chăm'],
];

export interface Naming {
  readonly ethnicity: string;
  readonly surname: string;
}

/** Ethnicity and surname of a family. */
export function familyNaming(random: Random): Naming {
  const ethnicity = random.weighted(peoples);
  if (ethnicity === 'Mông') return { ethnicity, surname: random.pick(['Giàng', 'Vàng', 'Sùng', 'Thào']) };
  if (ethnicity === 'Gia Rai') return { ethnicity, surname: random.pick(['Rơ Châm', 'Siu', 'Ksor', 'Rmah']) };
  if (ethnicity === 'Ba Na') return { ethnicity, surname: random.pick(['Đinh', 'A', 'Y']) };
  return { ethnicity, surname: random.weighted(surnames) };
}

/** Full name in NFC: surname, middle name, given name. */
export function fullName(random: Random, { ethnicity, surname }: Naming, sex: SampleSex): string {
  const kind = sex === 'male' ? 'male' : 'female';
  if (ethnicity === 'Mông') {
    return `${surname} ${kind === 'male' ? 'A' : 'Thị'} ${random.pick(['Páo', 'Dơ', 'Sử', 'Mỷ', 'Chứ'])}`;
  }
  if (ethnicity === 'Gia Rai') {
    return kind === 'male'
      ? `${surname} ${random.pick(['Nay', 'Thuk', 'Krot', 'Phin'])}`
      : `${surname} ${random.pick(["H'Bia", "H'Nhan", "H'Mrai", "H'Lem"])}`;
  }
  if (ethnicity === 'Ba Na') return `${surname} ${random.pick(['Blanh', 'Thơm', 'Y-Hnăm', 'Mlop'])}`;
  return `${surname} ${random.pick(middles[kind])} ${random.pick(givens[kind])}`;
}
