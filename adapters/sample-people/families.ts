/** The households of the sample: couples and their children, the divorced and married again, the widowed, the corrected. */

import { endedByCourt, refTo } from './acts.ts';
import { addChildren, lastYear, newCouple } from './couples.ts';
import { closeHousehold, die, marry, newHome, replacePin } from './households.ts';
import { familyNaming } from './names.ts';
import { addPerson, type Book } from './person.ts';
import { addDays, yearOf } from './random.ts';

/** More people than one call of `addFamily` ever adds. */
export const familySizeMax = 20;

/** Appends one family, in one household or, after a divorce, in two. */
export function addFamily(book: Book): void {
  const add = book.random.weighted<(book: Book) => void>([
    [560, addCouple],
    [200, addSingle],
    [70, addWidowed],
    [60, addRemarried],
    [60, addThreeGenerations],
    [20, addGrandchild],
    [4, addCorrected],
    [3, addMissing],
    [2, addCancelled],
  ]);
  add(book);
}

/** One person living alone. */
export function addSingle(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const person = addPerson(book, home, {
    sex: random.pick(['male', 'female']),
    birthYear: random.between(1940, 2005),
    naming: familyNaming(random),
    relation: 'head',
  });
  if (yearOf(person.dateOfBirth.value) < 1960 && random.chance(0.2)) person.maritalStatus = 'unknown';
  closeHousehold(book, home, [person]);
}

function addCouple(book: Book): void {
  const home = newHome(book);
  const { husband, wife, day } = newCouple(book, home);
  closeHousehold(book, home, [husband, wife, ...addChildren(book, home, husband, wife, yearOf(day))]);
}

/** The wife stays behind with the children; the husband marries again, into a home of his own. */
function addRemarried(book: Book): void {
  const { random } = book;
  const first = newHome(book);
  const { husband, wife, day, marriage } = newCouple(book, first, random.between(1960, 1990));
  const children = addChildren(book, first, husband, wife, yearOf(day));
  const divorced = random.dayIn(Math.min(yearOf(day) + random.between(3, 9), lastYear - 2));
  book.marriages[book.marriages.indexOf(marriage)] = endedByCourt(random, marriage, divorced);
  wife.maritalStatus = 'divorced';
  delete wife.spouse;
  closeHousehold(book, first, [wife, ...children]);

  const second = newHome(book, addDays(divorced, 200));
  const again = addPerson(book, second, {
    sex: 'female',
    birthYear: yearOf(husband.dateOfBirth.value) + random.between(0, 9),
    naming: familyNaming(random),
    relation: 'spouse',
  });
  husband.householdCode = second.code;
  husband.permanent = { ...again.permanent, since: second.since };
  husband.current = again.current;
  delete husband.temporary;
  const remarried = random.dayIn(Math.min(yearOf(divorced) + random.between(1, 4), lastYear));
  marry(book, second, husband, again, remarried);
  closeHousehold(book, second, [husband, again, ...addChildren(book, second, husband, again, yearOf(remarried))]);
}

function addWidowed(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const { husband, wife, day, marriage } = newCouple(book, home, random.between(1938, 1965));
  const [dead, left] = random.chance(0.65) ? [husband, wife] : [wife, husband];
  die(book, home, dead, left, marriage, random.dayIn(random.between(2012, lastYear)));
  closeHousehold(book, home, [left, ...addChildren(book, home, husband, wife, yearOf(day))]);
}

function addThreeGenerations(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const naming = familyNaming(random);
  const old = (sex: 'male' | 'female') =>
    addPerson(book, home, { sex, birthYear: random.between(1938, 1950), naming, relation: 'parent' });
  const [father, mother] = [old('male'), old('female')];
  marry(book, home, father, mother, random.dayIn(random.between(1971, 1974)));
  const { husband, wife, day } = newCouple(book, home, random.between(1975, 1988), { father, mother, naming });
  const children = addChildren(book, home, husband, wife, yearOf(day));
  const brother = random.chance(0.3)
    ? [
        addPerson(book, home, {
          sex: 'male',
          birthYear: random.between(1976, 1989),
          naming,
          relation: 'sibling',
          father,
          mother,
        }),
      ]
    : [];
  closeHousehold(book, home, [husband, wife, ...children, father, mother, ...brother]);
}

/** A grandmother and the grandchild whose parents work elsewhere. */
function addGrandchild(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const naming = familyNaming(random);
  const head = addPerson(book, home, {
    sex: 'female',
    birthYear: random.between(1948, 1962),
    naming,
    relation: 'head',
  });
  const child = addPerson(book, home, {
    sex: random.pick(['male', 'female']),
    birthYear: random.between(2009, 2022),
    naming: familyNaming(random),
    relation: 'grandchild',
  });
  child.representative = refTo(head);
  closeHousehold(book, home, [head, child]);
}

/** One person with two records: sex or year of birth was wrong, the PIN was replaced. */
function addCorrected(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const naming = familyNaming(random);
  const right = { sex: random.pick(['male', 'female'] as const), birthYear: random.between(1964, 2003) };
  // Four years off, so that a 29 February stays one.
  const wrong = random.chance(0.5)
    ? { ...right, sex: right.sex === 'male' ? ('female' as const) : ('male' as const) }
    : { ...right, birthYear: right.birthYear - 4 };
  const before = addPerson(book, home, { ...wrong, naming, relation: 'head' });
  const { value, precision } = before.dateOfBirth;
  const dateOfBirth = { value: `${right.birthYear}${value.slice(4)}`, precision };
  const after = addPerson(book, home, { ...right, naming, relation: 'head', fullName: before.fullName, dateOfBirth });
  replacePin(before, after);
  closeHousehold(book, home, [after]);
}

function addMissing(book: Book): void {
  addSingle(book);
  const person = book.people.at(-1);
  if (person !== undefined) person.status = 'missing';
}

/** A record made twice by mistake: cancelled, and nothing put in its place. */
function addCancelled(book: Book): void {
  const { random } = book;
  const home = newHome(book);
  const facts = {
    sex: 'female',
    birthYear: random.between(1970, 2000),
    naming: familyNaming(random),
    relation: 'head',
  } as const;
  const kept = addPerson(book, home, facts);
  const twice = addPerson(book, home, { ...facts, fullName: kept.fullName, dateOfBirth: kept.dateOfBirth });
  twice.status = 'cancelled';
  closeHousehold(book, home, [kept]);
}
