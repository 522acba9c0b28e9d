/** Names that people have pass in every Unicode form; names that an encoding has damaged are refused with the cause. */

import t from 'tap';
import { personNameFault } from '../../src/validation/person-name.ts';

const vietnamese = [
  'Nguyễn Thị Hòa',
  'Trần Văn Đức',
  'Lê Văn Sáu',
  'Phạm An Bình',
  'Hoà',
  'Thuý',
  'Thúy',
  'Bùi Quý Hoè',
  'Võ Tòan',
  'Lô Khoé',
  'Ý',
  'NGUYỄN THỊ HÒA',
  'NGUYEN THI HOA',
  'Le',
  "H'Hen Niê",
  'H’Hen Niê',
  'Y Bê Êban',
  'Rcom Sêo',
  'Giàng Thị Páo',
  'K’Brôk',
  'Tôn Nữ Quỳnh-Anh',
  'Đ. T. Hoa',
  'Ðức',
];

const foreign = [
  'João Leão',
  'Loïc Tran',
  'Seán',
  "Sinéad O'Connor",
  'Zoë',
  'Chloé',
  'Anaïs',
  'Michaël',
  'Raphaël',
  'Raúl',
  'Núñez',
  'José Muñoz',
  'Håkan',
  'Åse',
  'Bø',
  'Søren Kjær',
  'Jürgen Groß',
  'François',
  'Noël',
  'André',
  'Inès',
  'Peña',
  'Müller-Lüdenscheidt',
  'Łukasz',
  'Dvořák',
  'Çelik',
  'Jón Þór',
  "d'Artagnan",
  'Martin Luther King Jr.',
  'Oʻahu',
];

t.test('names of people are accepted, composed and decomposed', async (t) => {
  for (const name of [...vietnamese, ...foreign]) {
    t.equal(personNameFault(name), undefined, name);
    t.equal(personNameFault(name.normalize('NFD')), undefined, `${name} in NFD`);
  }
});

t.test('a mark that no letter composes with is accepted, a heap of marks is not', async (t) => {
  t.equal(personNameFault('Rẅx\u0302'), undefined);
  t.match(personNameFault('a\u0302\u0302\u0302\u0302\u0302'), /only Latin letters/);
  t.match(personNameFault('\u0301a'), /only Latin letters/);
});

t.test('1 to 100 characters are counted after NFC', async (t) => {
  const name = 'Ệ'.repeat(100);
  t.equal(personNameFault(name), undefined);
  t.equal(name.normalize('NFD').length, 300);
  t.equal(personNameFault(name.normalize('NFD')), undefined);
  t.match(personNameFault(`${name}a`), /at most 100 characters/);
  t.match(personNameFault(`${name}a`.normalize('NFD')), /at most 100 characters/);
  t.match(personNameFault('a'.repeat(100_000)), /at most 100 characters/);
  t.match(personNameFault(''), /must not be empty/);
  t.equal(personNameFault('A'), undefined);
});

t.test('what is no name is refused with its likely cause', async (t) => {
  const cases: readonly (readonly [RegExp, readonly string[]])[] = [
    [
      /UTF-8 that was read as Windows-1252 or Latin-1/,
      ['NguyÃªn', 'Nguyá»…n', 'Nguyá»\u0085n', 'Tráº§n VÄƒn Ä\u0090á»©c', 'Tráº§n VÄƒn Ä‘á»©c', 'HÃ²a', 'BÃ¹i'],
    ],
    [
      /TCVN3/,
      ['NguyÔn', 'NguyÔn ThÞ Hßa', 'TrÇn V¨n §øc', 'Lª V¨n S¸u', 'Ph¹m An B×nh', 'TrÇn', 'Hång', 'Vâ', 'NGUYÔN', '§ç'],
    ],
    [
      /VNI/,
      [
        'Nguyeãn',
        'Nguyeãn Thò Hoøa',
        'Traàn Vaên Ñöùc',
        'Leâ Vaên Saùu',
        'Phaïm An Bình',
        'TRAÀN',
        'Leâ',
        'Voõ',
        'Huyønh',
      ],
    ],
    [/conversion lost letters/, ['Nguy\uFFFDn', 'Nguy?n V?n']],
    [/C1 control/, ['Hoa\u0085', '\u009DAn']],
    [/control characters, tabs/, ['Hoa\n', 'An\tBinh', 'An\u0000', 'An\u007F']],
    [/digits/, ['Hoa 2', 'Nguye6n4', '١']],
    [/begin or end with a space/, [' Hoa', 'Hoa ', '\u00A0Hoa', ' ']],
    [/single spaces/, ['An  Binh']],
    [/plain spaces/, ['An\u00A0Binh', 'An\u3000Binh']],
    [/invisible/, ['An\u200BBinh', 'An\u202EBinh', 'An\u00ADBinhx']],
    [/decoded with the wrong encoding/, ['X»y', 'Kso§', 'Nguyá»n', 'Ab™']],
    [/Latin letters/, ['阮', 'Нгуен', 'Hоa', 'ﬁ', 'Ａn']],
    [/only Latin letters/, ['An_Binh', 'An@Binh', '<b>An</b>', 'An/Binh', 'An,Binh', 'A"n', '😀']],
    [/at least one letter/, ['-', "'", '. .']],
  ];
  for (const [message, names] of cases) {
    for (const name of names) t.match(personNameFault(name) ?? 'accepted', message, JSON.stringify(name));
  }
});

t.test('the motto of the state is recognised in each of its damaged forms', async (t) => {
  const forms = [
    ['Cộng hòa xã hội chủ nghĩa Việt Nam', undefined],
    ['Céng hßa x· héi chñ nghÜa ViÖt Nam', /TCVN3/],
    ['Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam', /VNI/],
    ['Cá»™ng hÃ²a xÃ£ há»™i chá»§ nghÄ©a Viá»‡t Nam', /UTF-8/],
  ] as const;
  for (const [text, cause] of forms) {
    if (cause === undefined) t.equal(personNameFault(text), undefined);
    else t.match(personNameFault(text), cause);
  }
});

t.test('no message repeats the name', async (t) => {
  for (const name of ['NguyÔn', 'Traàn', 'HÃ²a', 'Nguy?n', 'Hoa 2', '阮', 'An_Binh']) {
    t.notOk(personNameFault(name)?.includes(name), name);
  }
});
