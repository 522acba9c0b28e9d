import t from 'tap';
import { SourceError } from '../../src/adapter-kit/source-error.ts';
import { abortOf, failureOf, leavesConnectionUsable } from '../../src/adapter-kit/sql-failures.ts';

const postgres = (code: string, message = 'words') => Object.assign(new Error(message), { code, severity: 'ERROR' });
const mariadb = (errno: number, sqlState: string, message = 'words') =>
  Object.assign(new Error(message), { code: 'ER_X', errno, sqlState });
const socket = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

t.test('the cause decides the kind', async (t) => {
  const kinds: readonly (readonly [Error, string])[] = [
    [socket('ECONNREFUSED'), 'unavailable'],
    [new Error('Connection terminated unexpectedly'), 'unavailable'],
    [socket('PROTOCOL_CONNECTION_LOST'), 'unavailable'],
    [postgres('57P01'), 'unavailable'],
    [postgres('53300'), 'unavailable'],
    [postgres('28P01'), 'unavailable'],
    [postgres('57014'), 'timeout'],
    [postgres('55P03'), 'timeout'],
    [postgres('42P01'), 'failed'],
    [postgres('23505'), 'failed'],
    [mariadb(1040, '08004'), 'unavailable'],
    [mariadb(1045, '28000'), 'unavailable'],
    [mariadb(1317, '70100'), 'timeout'],
    [mariadb(1969, '70100'), 'timeout'],
    [mariadb(1146, '42S02'), 'failed'],
    [postgres('22021'), 'unstorable'],
    [mariadb(1406, '22001'), 'unstorable'],
    [new SyntaxError('Unexpected token'), 'answer-invalid'],
    [new TypeError('no such thing'), 'failed'],
  ];
  for (const [error, kind] of kinds) t.equal(failureOf('db', error).kind, kind, error.message);
  t.equal(failureOf('db', 'thrown text').kind, 'unavailable');
});

t.test('values that the server quotes go no further', async (t) => {
  const duplicate = failureOf('db get-person', postgres('23505', 'Key (pin)=(099190000001) already exists'));
  t.equal(duplicate.message, 'db get-person: SQLSTATE 23505');
  t.equal(duplicate.cause, undefined);
  t.equal(failureOf('db', mariadb(1366, '22007', "Incorrect value: '099190000001'")).message, 'db: SQLSTATE 22007');
});

t.test('words that speak of the statement are kept', async (t) => {
  const missing = failureOf('db get-person', postgres('42P01', 'relation "person" does not exist'));
  t.equal(missing.message, 'db get-person: SQLSTATE 42P01: relation "person" does not exist');
});

t.test('a SourceError stays what it is', async (t) => {
  const error = new SourceError('answer-invalid', 'as it was');
  t.equal(failureOf('db', error), error);
  t.equal(abortOf('db', AbortSignal.abort(error)), error);
});

t.test('giving up is a time-out, with the reason as its cause', async (t) => {
  const reason = new Error('budget spent');
  const error = abortOf('db', AbortSignal.abort(reason));
  t.equal(error.kind, 'timeout');
  t.equal(error.cause, reason);
});

t.test('a statement whose table was altered has not run, and may be asked once more', async (t) => {
  t.ok(failureOf('db', postgres('0A000')).isLost);
  t.ok(failureOf('db', postgres('26000')).isLost);
  t.notOk(failureOf('db', postgres('42P01')).isLost);
});

t.test('only a session that lives and fits its statements is used again', async (t) => {
  t.ok(leavesConnectionUsable(postgres('42P01')));
  t.ok(leavesConnectionUsable(postgres('57014')));
  t.notOk(leavesConnectionUsable(postgres('57P01')));
  t.notOk(leavesConnectionUsable(postgres('0A000')));
  t.notOk(leavesConnectionUsable(socket('ECONNRESET')));
});
