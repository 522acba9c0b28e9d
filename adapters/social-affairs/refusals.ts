/** Why the social-affairs registry refuses, in words for the sender. */

import { refused } from '../../src/adapter-kit/index.ts';

export const refusals = {
  unknownPerson: refused(
    'unknown-person',
    'The social-affairs registry does not know a person with this number.',
    'Cơ sở dữ liệu bảo trợ xã hội không có người mang số định danh này.',
  ),
  nameDiffers: refused(
    'name-differs',
    'The social-affairs registry holds another name for one of the personal numbers in the message.',
    'Họ tên nêu trong thông điệp khác với họ tên của người mang số định danh đó trong cơ sở dữ liệu bảo trợ xã hội.',
  ),
  deceased: refused('deceased', 'The person has died.', 'Người này đã chết.'),
  notDead: refused(
    'not-dead',
    'No death of this person is known: register the death first.',
    'Chưa ghi nhận người này đã chết: cần đăng ký khai tử trước.',
  ),
  alreadyReceiving: refused(
    'already-receiving',
    'A benefit of this category is already being paid.',
    'Đang hưởng trợ cấp thuộc diện này.',
  ),
  decisionKnown: refused(
    'decision-known',
    'A decision with this number has been entered already.',
    'Quyết định mang số này đã được ghi nhận.',
  ),
  unknownBenefit: refused(
    'unknown-benefit',
    'The person has no benefit by that decision.',
    'Người này không có khoản trợ cấp theo quyết định đó.',
  ),
  alreadyEnded: refused('already-ended', 'The benefit has ended earlier.', 'Khoản trợ cấp đã dừng trước đó.'),
  endsBeforeItBegins: refused(
    'ends-before-it-begins',
    'The last day lies before the first.',
    'Ngày thôi hưởng trước ngày bắt đầu hưởng.',
  ),
  alreadyGranted: refused(
    'already-granted',
    'The allowance for this funeral has been granted already.',
    'Trợ cấp mai táng cho người này đã được chi trả.',
  ),
} as const;
