import t from 'tap';
import { asCallerWrites, samplePopulation } from '../../adapters/sample-people/index.ts';
import { matchName } from '../../src/adapter-kit/index.ts';

const levels: readonly (readonly [claimed: string, registered: string, level: string, why: string])[] = [
  ['Nguyễn Thị Hòa', 'Nguyễn Thị Hòa', 'exact', 'the same'],
  ['Nguyễn Thị Hòa'.normalize('NFD'), 'Nguyễn Thị Hòa', 'exact', 'decomposed'],
  ['Nguyễn Thị Hòa', 'Nguyễn Thị Hòa'.normalize('NFD'), 'exact', 'registered decomposed'],
  ['NGUYỄN THỊ HÒA', 'Nguyễn Thị Hòa', 'exact', 'upper case'],
  ['  nguyễn  thị hòa ', 'Nguyễn Thị Hòa', 'exact', 'spaces'],
  ['Ðỗ Văn Ðức', 'Đỗ Văn Đức', 'exact', 'eth for đ'],
  ['H’Hen Niê', "H'Hen Niê", 'exact', 'typographic apostrophe'],
  ['An', 'An', 'exact', 'a single word without marks'],
  ['Nguyễn Thị Hoà', 'Nguyễn Thị Hòa', 'tone-variant', 'oà for òa'],
  ['NGUYỄN THỊ HOÀ', 'Nguyễn Thị Hòa', 'tone-variant', 'oà for òa, upper case'],
  ['Trần Thuý Nga', 'Trần Thúy Nga', 'tone-variant', 'uý for úy'],
  ['Trần Thúy Nga', 'Trần Thuý Nga', 'tone-variant', 'úy for uý'],
  ['Lê Khoẻ'.normalize('NFD'), 'Lê Khỏe', 'tone-variant', 'oẻ for ỏe, decomposed'],
  ['NGUYEN THI HOA', 'Nguyễn Thị Hòa', 'unaccented', 'no marks at all'],
  ['Tran Van Duc', 'Trần Văn Đức', 'unaccented', 'đ without its stroke'],
  ["h'hen nie", "H'Hen Niê", 'unaccented', 'an apostrophe is no mark'],
  ['Nguyễn Thị Hóa', 'Nguyễn Thị Hòa', 'none', 'another tone'],
  ['Nguyễn Thị Hoa', 'Nguyễn Thị Hòa', 'none', 'one tone is missing, the others are there'],
  ['TRAN VAN ĐUC', 'Trần Văn Đức', 'none', 'a đ is a mark'],
  ['Trân Văn Đức', 'Trần Văn Đức', 'none', 'the tone is missing'],
  ['Trán Văn Đức', 'Trần Văn Đức', 'none', 'another vowel and tone'],
  ['Phan Văn Dung', 'Phan Văn Dũng', 'none', 'partly marked'],
  ['Nguyễn Hòa Thị', 'Nguyễn Thị Hòa', 'none', 'another order'],
  ['NGUYEN THI HOANG', 'Nguyễn Thị Hòa', 'none', 'other letters'],
  ['Hoa Nguyễn', 'Hoà Nguyên', 'none', 'a tone does not wander between words'],
  ['Nguyễn', 'Nguyen', 'none', 'marks where the register has none'],
  ['Nguyễn Thị', 'Nguyễn Thị Hòa', 'none', 'a part of the name'],
];

for (const [claimed, registered, level, why] of levels) {
  t.test(`${level}: ${why}`, async (t) => {
    t.equal(matchName(claimed, registered), level);
  });
}

t.test('what callers write of the sample people is told apart as it should be', async (t) => {
  const expected = { 'as-registered': 'exact', nfd: 'exact', 'tone-variant': 'tone-variant' };
  for (const person of samplePopulation().people) {
    const level = matchName(asCallerWrites(person), person.fullName);
    if (level !== expected[person.writing]) t.fail(`${person.pin}: ${level} for ${person.writing}`);
  }
});
