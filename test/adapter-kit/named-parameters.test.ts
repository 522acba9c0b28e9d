import t from 'tap';
import { compileStatement } from '../../src/adapter-kit/named-parameters.ts';

const postgres = (sql: string) => compileStatement('x', sql, 'postgres');
const mariadb = (sql: string) => compileStatement('x', sql, 'mariadb');

t.test('a name becomes the placeholder of its engine', async (t) => {
  t.same(postgres('SELECT * FROM p WHERE pin = :pin AND at <= :at;\n'), {
    name: 'x',
    text: 'SELECT * FROM p WHERE pin = $1 AND at <= $2',
    parameters: ['pin', 'at'],
  });
  t.same(mariadb('SELECT :pin, :at'), { name: 'x', text: 'SELECT ?, ?', parameters: ['pin', 'at'] });
});

t.test('a repeated name is one numbered parameter, or one by each place', async (t) => {
  t.same(postgres('SELECT :a, :b, :a').parameters, ['a', 'b']);
  t.equal(postgres('SELECT :a, :b, :a').text, 'SELECT $1, $2, $1');
  t.same(mariadb('SELECT :a, :b, :a').parameters, ['a', 'b', 'a']);
});

t.test('what only looks like a parameter is left alone', async (t) => {
  for (const sql of [
    "SELECT ':pin'",
    "SELECT 'it''s :pin'",
    'SELECT ":pin"',
    "SELECT 1 -- :pin, isn't it\n + 1",
    'SELECT 1 /* :pin */',
    "SELECT '2026-01-01'::date",
  ]) {
    t.same(postgres(sql), { name: 'x', text: sql, parameters: [] }, sql);
  }
  for (const sql of [
    'SELECT 1 /* a /* nested */ :pin */ + 1',
    "SELECT E'it\\'s :pin'",
    'SELECT $$ :pin $$',
    'SELECT $body$ :pin $$ $body$',
    "SELECT 'a\\'",
  ]) {
    t.same(postgres(sql).parameters, [], sql);
  }
  for (const sql of ["SELECT 'it\\'s :pin'", 'SELECT `:pin`', 'SELECT 1 # :pin\n', "SELECT 'a ? b'"]) {
    t.same(mariadb(sql).parameters, [], sql);
  }
});

t.test('a cast may follow a parameter', async (t) => {
  t.same(postgres('SELECT :at::date'), { name: 'x', text: 'SELECT $1::date', parameters: ['at'] });
});

t.test('a backslash ends no string on PostgreSQL', async (t) => {
  t.same(postgres("SELECT 'a\\', :pin").parameters, ['pin']);
});

t.test('the placeholders of the engine are refused, so that a file reads the same everywhere', async (t) => {
  t.throws(() => postgres('SELECT $1'), {
    name: 'TypeError',
    message: 'x.sql: use named parameters such as :pin, not $1',
  });
  t.throws(() => mariadb('SELECT ?'), {
    name: 'TypeError',
    message: 'x.sql: use named parameters such as :pin, not ?',
  });
});
