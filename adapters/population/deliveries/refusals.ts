/** Why the population registry refuses, in words for the sender. */

import { refused } from '../../../src/adapter-kit/index.ts';

export const refusals = {
  unknownPerson: refused(
    'unknown-person',
    'The population register does not know a person with this number.',
    'Cơ sở dữ liệu dân cư không có người mang số định danh này.',
  ),
  notInUse: refused(
    'number-not-in-use',
    'The number is cancelled, replaced or that of a person who has died.',
    'Số định danh đã hủy, đã thay thế hoặc của người đã chết.',
  ),
  unknownHousehold: refused(
    'unknown-household',
    'There is no household with this code.',
    'Không có hộ gia đình mang mã này.',
  ),
  noHousehold: refused(
    'no-household',
    'The person belongs to no household that could move.',
    'Người này không thuộc hộ gia đình nào để chuyển.',
  ),
  householdElsewhere: refused(
    'household-elsewhere',
    'The household that the person joins is registered in another commune.',
    'Hộ gia đình nhập vào đăng ký ở xã khác.',
  ),
  olderThanHeld: refused(
    'older-than-held',
    'The register holds a residence since a later day.',
    'Cơ sở dữ liệu đã có nơi cư trú từ ngày muộn hơn.',
  ),
} as const;
