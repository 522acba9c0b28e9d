/** Registries that misbehave in every known way: what the sender sees, when it is tried again, and that it takes effect once. */

import t, { type Test } from 'tap';
import type { Answer } from '../support/answers.ts';
import { done, json, type Manners, pushesTo, startBadRegister } from '../support/bad-register.ts';
import { readReply, startGateway } from '../support/gateway.ts';
import { until } from '../support/push-place.ts';
import { residenceChange, residenceService, sender } from '../support/residence-change.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';

t.setTimeout(120_000);

const register = await startBadRegister(t);
const state = await startPostgres(t);
const { url, token } = await startGateway(t, pushesTo(register, await makeDatabase(state.url)));
const headers = { authorization: `Bearer ${await token(sender)}`, 'x-road-client': sender };
const pin = '099190000001';

async function push(line: string, who = pin): Promise<string> {
  const send = () =>
    fetch(`${url}/r1/${residenceService}/v1`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'x-road-id': encodeURIComponent(line) },
      body: JSON.stringify(residenceChange(who, line)),
    });
  const response = await until(send, ({ status }) => status !== 503);
  return ((await response.json()) as { exchangeId: string }).exchangeId;
}

const look = async (id: string): Promise<Answer> =>
  (await readReply(await fetch(`${url}/v1/exchanges/${id}`, { headers }))).body;
const settled = (id: string) =>
  until(
    () => look(id),
    ({ final }) => final === true,
  );

t.test('a text that no database can keep is refused at the door', async (t) => {
  const response = await fetch(`${url}/r1/${residenceService}/v1`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'x-road-id': 'zero' },
    body: JSON.stringify(residenceChange(pin, 'a\0b')),
  });
  t.equal(response.status, 400);
  t.match(await response.json(), { code: 'json-malformed', detail: /U\+0000/ });
});

interface Case {
  readonly manners: Manners;
  readonly problem: string;
  /** Whether the register has taken it although nobody is told. */
  readonly isTaken: boolean;
  /** The next try comes no sooner, milliseconds. */
  readonly notWithinMs?: number;
}

const cases: Readonly<Record<string, Case>> = {
  'is slow beyond the time-out, and has taken it': {
    manners: (_response, take) => take(),
    problem: 'registry-timeout',
    isTaken: true,
  },
  'accepts and hangs': { manners: () => undefined, problem: 'registry-timeout', isTaken: false },
  'answers garbage': {
    manners: (response, take) => {
      take();
      response.writeHead(200, json).end('{"outcome":');
    },
    problem: 'registry-answer-invalid',
    isTaken: true,
  },
  'answers something else than an outcome': {
    manners: (response, take) => {
      take();
      response.writeHead(200, json).end('{"outcome":"perhaps"}');
    },
    problem: 'registry-answer-invalid',
    isTaken: true,
  },
  'answers half and resets the connection': {
    manners: (response, take) => {
      take();
      response.writeHead(200, { ...json, 'content-length': '500' });
      response.write(done.slice(0, 5), () => response.socket?.resetAndDestroy());
    },
    problem: 'registry-answer-invalid',
    isTaken: true,
  },
  'resets the connection at once': {
    manners: (response) => void response.socket?.resetAndDestroy(),
    problem: 'registry-unavailable',
    isTaken: false,
  },
  'answers in another content type': {
    manners: (response, take) => {
      take();
      response.writeHead(200, { 'content-type': 'text/html' }).end(done);
    },
    problem: 'registry-answer-invalid',
    isTaken: true,
  },
  'answers 500': {
    manners: (response) => void response.writeHead(500, json).end('{}'),
    problem: 'registry-failed',
    isTaken: false,
  },
  'answers 429 and when to come again': {
    manners: (response) => void response.writeHead(429, { ...json, 'retry-after': '2' }).end('{}'),
    problem: 'registry-unavailable',
    isTaken: false,
    notWithinMs: 1900,
  },
  'answers 503 and when to come again': {
    manners: (response) => void response.writeHead(503, { ...json, 'retry-after': '1' }).end('{}'),
    problem: 'registry-unavailable',
    isTaken: false,
    notWithinMs: 900,
  },
};

async function demandOneEffect(t: Test, id: string): Promise<void> {
  t.match(await settled(id), { state: 'delivered' });
  t.equal(register.effects.filter((one) => one === id).length, 1, 'one effect');
}

for (const [name, { manners, problem, isTaken, notWithinMs = 0 }] of Object.entries(cases)) {
  t.test(`a registry that ${name} is asked again, and it takes effect once`, async (t) => {
    register.behave(manners);
    const id = await push(name);
    const retrying = await until(
      () => look(id),
      (push) => push.state === 'retrying',
    );
    register.behave(undefined);
    t.match(retrying, { state: 'retrying', problem, final: false });
    t.equal(register.effects.includes(id), isTaken);
    t.ok(Date.parse(retrying.nextTry ?? '') - Date.parse(retrying.since) >= notWithinMs, String(retrying.nextTry));
    await demandOneEffect(t, id);
  });
}

t.test('a registry that refuses for reasons of its own is asked once, and its sender is told the reason', async (t) => {
  const reason = { code: 'person-unknown', en: 'There is no such person.', vi: 'Không có người này.' };
  register.behave((response) => void response.writeHead(200, json).end(JSON.stringify({ outcome: 'refused', reason })));
  const id = await push('bị từ chối');
  t.match(await settled(id), { state: 'refused', reason: reason.code, refusal: reason, tries: 0 });
  register.behave(undefined);
  t.equal(register.requests.filter((one) => one === id).length, 1);
  t.notOk(register.effects.includes(id));
});

t.test(
  'a registry that refuses connections is left alone by its circuit, and afterwards each takes effect once',
  async (t) => {
    await register.down();
    const people = Array.from({ length: 24 }, (_one, n) => `0991900${String(n).padStart(5, '0')}`);
    // At once: a circuit opens by what fails within its window.
    const ids = await Promise.all(people.map((who, n) => push(`mất kết nối ${n}`, who)));
    const paused = await until(
      () => Promise.all(ids.map(look)),
      (pushes) => pushes.some((one) => one.problem === 'circuit-open'),
    );
    t.match(
      paused.find((one) => one.problem === 'circuit-open'),
      { state: 'retrying', nextTry: String },
    );
    t.ok(paused.every(({ state }) => ['accepted', 'delivering', 'retrying'].includes(state)));
    await register.up();
    for (const id of ids) await demandOneEffect(t, id);
  },
);
