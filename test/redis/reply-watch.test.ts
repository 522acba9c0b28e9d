/** What Redis answers passes in whatever pieces it comes; what the client could not take does not. */

import t from 'tap';
import { createReplyWatch } from '../../src/redis/reply-watch.ts';

const ordinary = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':1\r\n',
  '$0\r\n\r\n',
  '$5\r\n_\r\n>1\r\n',
  '*0\r\n',
  '*3\r\n$-1\r\n_\r\n*-1\r\n',
  '*2\r\n$2\r\n17\r\n*1\r\n$6\r\n{a}key\r\n',
  '%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*0\r\n',
  '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\ntext\r\n',
  '>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n',
  ',1.5\r\n#t\r\n(99999999999999999999\r\n=7\r\ntxt:yes\r\n~1\r\n:1\r\n!5\r\nERR x\r\n',
];

const nonsense = [
  '$-1\r\n',
  '_\r\n',
  '*-1\r\n',
  '>0\r\n',
  '>1\r\n$7\r\nmessage\r\n',
  '>3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nx\r\n',
  '>3\r\n_\r\n:1\r\n:1\r\n',
  '*1\r\n>3\r\n',
  '$x\r\n',
  '*\r\n',
  '*-2\r\n',
  '%-1\r\n',
  'HTTP/1.1 400 Bad Request\r\n',
  '\r\n',
  '$2\r\nabcd\r\n:1\r\n',
  `+${'x'.repeat(70_000)}`,
];

t.test('answers pass, in one piece and byte by byte', async (t) => {
  const all = Buffer.from(ordinary.join(''));
  t.ok(createReplyWatch()(all));
  const isSound = createReplyWatch();
  t.ok([...all].every((byte) => isSound(Buffer.of(byte))));
});

t.test('what is none does not, wherever it comes', async (t) => {
  for (const bytes of nonsense) {
    t.notOk(createReplyWatch()(Buffer.from(bytes)), JSON.stringify(bytes.slice(0, 40)));
    t.notOk(createReplyWatch()(Buffer.from(ordinary.join('') + bytes)), 'behind others');
    const isSound = createReplyWatch();
    t.notOk(
      [...Buffer.from(bytes)].every((byte) => isSound(Buffer.of(byte))),
      'byte by byte',
    );
  }
});
