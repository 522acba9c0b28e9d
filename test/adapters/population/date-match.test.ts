import t from 'tap';
import { matchDate } from '../../../adapters/population/date-match.ts';

const levels: readonly (readonly [claimed: string, registered: string, level: string])[] = [
  ['1990-05-17', '1990-05-17', 'exact'],
  ['1965', '1965', 'exact'],
  ['1965-07', '1965-07', 'exact'],
  ['1965-07-19', '1965', 'compatible'],
  ['1965-07-19', '1965-07', 'compatible'],
  ['1965', '1965-07-19', 'compatible'],
  ['1965-07', '1965', 'compatible'],
  ['1965-08', '1965-07-19', 'none'],
  ['1966', '1965-07-19', 'none'],
  ['1990-05-17', '1990-05-18', 'none'],
];

for (const [claimed, registered, level] of levels) {
  t.test(`${claimed} against ${registered} is ${level}`, async (t) => {
    t.equal(matchDate({ value: claimed }, { value: registered }), level);
  });
}
