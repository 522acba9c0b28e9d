/** The sample registry compares names as officials write them. */

import t from 'tap';
import { isSameName } from '../../../adapters/judicial/simulator/names.ts';

const cases: readonly (readonly [stated: string, held: string, isSame: boolean, why: string])[] = [
  ['Nguyễn Thị Hòa'.normalize('NFD'), 'Nguyễn Thị Hòa', true, 'decomposed'],
  ['  nguyễn  thị\tHÒA ', 'Nguyễn Thị Hòa', true, 'case and spaces'],
  ['Nguyễn Thị Hoà', 'Nguyễn Thị Hòa', true, 'the tone mark stands elsewhere'],
  ['Ðặng Văn Ðức', 'Đặng Văn Đức', true, 'eth of old fonts'],
  ['TRAN VAN DUC', 'Trần Văn Đức', true, 'no marks at all'],
  ['H’Hen Niê', "H'Hen Niê", true, 'another apostrophe'],
  ['Nguyễn Thị Hoa', 'Nguyễn Thị Hòa', false, 'one mark is missing among others'],
  ['Nguyễn Thị Hóa', 'Nguyễn Thị Hòa', false, 'another tone'],
  ['Nguyễn', 'Nguyen', false, 'marks where the books have none'],
  ['Nguyễn Thị', 'Nguyễn Thị Hòa', false, 'a part'],
];

for (const [stated, held, isSame, why] of cases) {
  t.test(why, async (t) => {
    t.equal(isSameName(stated, held), isSame);
  });
}
