/** Why the registry refuses, in the words of the gateway. */

import { type RefusalReason, SourceError } from '../../src/adapter-kit/index.ts';
import { text, type Wire } from './wire.ts';

const reason = (code: string, en: string, vi: string): RefusalReason => ({ code, en, vi });

/** By the registry's own codes. */
const reasons: Readonly<Record<string, RefusalReason>> = {
  DA_DANG_KY: reason(
    'already-registered',
    'The register holds this birth already: the same mother, day and order of birth.',
    'Việc khai sinh này đã được đăng ký: cùng mẹ, ngày sinh và thứ tự sinh.',
  ),
  KHONG_CO_NGUOI: reason(
    'unknown-person',
    'The civil-status register does not know a person with this number.',
    'Cơ sở dữ liệu hộ tịch không có người mang số định danh này.',
  ),
  DA_CHET: reason('already-dead', 'The person is registered as dead.', 'Người này đã được đăng ký khai tử.'),
  ME_DA_CHET: reason('mother-dead', 'The mother died before the birth.', 'Người mẹ đã chết trước ngày sinh.'),
  CHET_TRUOC_KHI_SINH: reason(
    'death-before-birth',
    'The date of death lies before the registered date of birth.',
    'Ngày chết trước ngày sinh đã đăng ký.',
  ),
  CHET_TRUOC_KET_HON: reason(
    'death-before-marriage',
    'The date of death lies before a registered marriage of the person.',
    'Ngày chết trước ngày đăng ký kết hôn của người này.',
  ),
  DANG_CO_VO_CHONG: reason(
    'not-free-to-marry',
    'One of the two is married.',
    'Một trong hai bên đang có vợ hoặc có chồng.',
  ),
  HON_NHAN_CHUA_RO: reason(
    'marital-status-unclear',
    'The marital status of one of the two is not clear: paper books have not been taken over.',
    'Tình trạng hôn nhân của một bên chưa rõ: sổ giấy chưa được số hóa.',
  ),
  CHUA_DU_TUOI: reason(
    'too-young',
    'The man must be 20 or older, the woman 18 or older.',
    'Nam phải từ đủ 20 tuổi, nữ phải từ đủ 18 tuổi.',
  ),
  SAI_GIOI_TINH: reason(
    'sex-differs',
    'The register holds another sex for the husband or the wife.',
    'Giới tính của chồng hoặc vợ khác với hộ tịch.',
  ),
  GIA_TRI_KHAC: reason(
    'value-differs',
    'The register does not hold the old value that the correction states.',
    'Giá trị đang lưu khác với giá trị cũ nêu trong yêu cầu cải chính.',
  ),
  SAI_HO_TEN: reason(
    'name-differs',
    'The register holds another name for one of the personal numbers in the message.',
    'Họ tên nêu trong thông điệp khác với hộ tịch của người mang số định danh đó.',
  ),
  SINH_QUA_GAN: reason(
    'births-too-close',
    'The register holds another birth of this mother less than 180 days away, and this child is said to be born alone.',
    'Đã đăng ký một lần sinh khác của người mẹ này cách chưa đến 180 ngày, trong khi trẻ được khai là sinh một.',
  ),
};

/** Throws SourceError for a code that nobody has told the gateway about: a refusal must be worded for the sender. */
export function refusalReason(wire: Wire): RefusalReason {
  const code = text(wire, 'ly_do') ?? '';
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (known === undefined)
    throw new SourceError('answer-invalid', 'the registry refuses with a code that is not known');
  return known;
}
