/** A line's members are the bytes that were sent. */

import t from 'tap';
import { lineMembers } from '../../../src/exchange/bulk/line-members.ts';

function members(line: string): Record<string, string> | undefined {
  const found = lineMembers(Buffer.from(line));
  return found && Object.fromEntries([...found].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

t.test('values are told apart byte for byte', async (t) => {
  t.same(members('{}'), {});
  t.same(members(' { "id" : "a" , "message" : { "n" : 1.0 , "s":"},\\"]{" } } '), {
    id: '"a"',
    message: '{ "n" : 1.0 , "s":"},\\"]{" }',
  });
  t.same(members('{"message":[[1],{"a":[]}],"id":null}'), { message: '[[1],{"a":[]}]', id: 'null' });
  t.same(members('{"message":"ü\\\\"}'), { message: '"ü\\\\"' });
});

t.test('a value that is no JSON stays one value, for its own reader to refuse', async (t) => {
  t.same(members('{"message":[},"id":1}'), { message: '[}', id: '1' }, 'brackets of both kinds count alike');
  t.same(members('{"message":nonsense here,"id":1}'), { message: 'nonsense here', id: '1' });
});

t.test('what is no plain object has no members', async (t) => {
  const wrong = ['', 'null', '[]', '"a"', '{', '{"a"}', '{"a":}', '{"a":1,}', '{"a":1}}', '{"a":1} x', '{"a":1,"a":2}'];
  for (const line of [...wrong, '{"\\u0061":1}', '{"é":1}', '{"a":"}', '{"a":{"b":1}', '\ufeff{}']) {
    t.equal(members(line), undefined, line);
  }
});
