/** A slow, broken or suspicious judicial registry fails in the kind that says so, and lets in nobody but the gateway. */

import t from 'tap';
import adapter from '../../../adapters/judicial/adapter.ts';
import { type HttpSourceSettings, httpSource } from '../../../src/adapter-kit/index.ts';
import { createAuthority } from '../../support/certificates.ts';
import { startSampleRegistry } from './sample-registry.ts';

const { host, settings, registry, ask, behave } = await startSampleRegistry(t);
const hoa = { pin: '099190000001' };
const askHoa = (signal?: AbortSignal) => ask('get-marital-status', hoa, signal);

t.afterEach(async () => {
  await behave({ mode: 'normal', latencyMs: 0 });
});

t.test('each way of failing has its kind, and the registry is usable afterwards', async (t) => {
  const kinds = { 'error-500': 'failed', 'busy-503': 'unavailable', garbage: 'answer-invalid', cut: 'answer-invalid' };
  for (const [mode, kind] of Object.entries(kinds)) {
    t.same(await behave({ mode }), { mode, latencyMs: 0 });
    await t.rejects(askHoa(), { name: 'SourceError', kind }, mode);
    await t.rejects(registry.check(AbortSignal.timeout(5_000)), { name: 'SourceError', kind }, `${mode}: check`);
    await behave({ mode: 'normal' });
    t.match(await askHoa(), { found: true }, `after ${mode}`);
  }
});

t.test('a silent registry is a time-out: at the end of the budget, or of the patience of the settings', async (t) => {
  const patient = await adapter.open({ ...settings, headersTimeoutMs: 60_000 });
  const impatient = await adapter.open({ ...settings, headersTimeoutMs: 100 });
  t.teardown(() => Promise.all([patient.close(), impatient.close()]));
  await behave({ mode: 'silent' });
  await t.rejects(patient.check(AbortSignal.timeout(200)), { name: 'SourceError', kind: 'timeout' });
  await t.rejects(impatient.check(AbortSignal.timeout(60_000)), { name: 'SourceError', kind: 'timeout' });
});

t.test('a slow registry answers late, or not within the budget', async (t) => {
  await behave({ latencyMs: 300 });
  const startedAtMs = performance.now();
  t.match(await askHoa(), { found: true });
  t.ok(performance.now() - startedAtMs >= 295);
  await t.rejects(askHoa(AbortSignal.timeout(100)), { name: 'SourceError', kind: 'timeout' });
});

t.test('a behaviour that is not known is refused and changes nothing', async (t) => {
  const behaviour = { mode: 'normal', latencyMs: 0 };
  for (const change of [{ mode: 'mad' }, { latencyMs: -1 }, { latencyMs: 60_001 }, { latencyMs: '10' }]) {
    t.same(await behave(change), behaviour, JSON.stringify(change));
  }
});

t.test('the registry lets in only certificates of its authority', async (t) => {
  const { ca } = settings.tls ?? {};
  const stranger = await (await createAuthority(t)).issue('judicial-gateway');
  const suspects: Record<string, HttpSourceSettings['tls']> = {
    'no certificate': { ...(ca && { ca }) },
    'the right name from another authority': { cert: stranger.cert, key: stranger.key, ...(ca && { ca }) },
  };
  for (const [who, tls] of Object.entries(suspects)) {
    const suspect = await adapter.open({ ...settings, ...(tls && { tls }) });
    t.teardown(() => suspect.close());
    const signal = AbortSignal.timeout(5_000);
    await t.rejects(suspect.check(signal), { name: 'SourceError', kind: 'unavailable' }, who);
  }
});

t.test('another certificate of the same authority gets code 100, and cannot change the behaviour', async (t) => {
  const tls = await host.certificate('somebody-else');
  const suspect = await adapter.open({ ...settings, tls });
  const source = httpSource({ ...settings, tls });
  t.teardown(() => Promise.all([suspect.close(), source.close()]));
  const signal = AbortSignal.timeout(5_000);
  await t.rejects(suspect.check(signal), { name: 'SourceError', kind: 'failed', message: /code 100/ });
  await source.request({ method: 'PUT', path: '/simulator', body: { mode: 'silent' }, signal });
  t.match(await askHoa(), { found: true });
});

t.test('questions that are no questions are told so', async (t) => {
  const source = httpSource(settings);
  t.teardown(() => source.close());
  const post = (path: string, body: unknown) =>
    source.request({ method: 'POST', path, body, signal: AbortSignal.timeout(5_000) });
  const bad: [string, unknown][] = [
    ['/ho-tich/tinh-trang-hon-nhan', {}],
    ['/ho-tich/tinh-trang-hon-nhan', { so_dinh_danh: hoa.pin, tai_ngay: '2020-01-01' }],
    ['/ho-tich/tinh-trang-hon-nhan', { so_dinh_danh: hoa.pin, tai_ngay: '31/02/2020' }],
    ['/ho-tich/trich-luc', { so_dinh_danh: hoa.pin, loai: 'XX' }],
    ['/ly-lich-tu-phap/tinh-trang', { so_dinh_danh: hoa.pin, loai_phieu: 3 }],
  ];
  for (const [path, body] of bad)
    t.match(await post(path, body), { status: 200, body: { ma: 302 } }, JSON.stringify(body));
  t.match(await post('/ho-tich/trich-luc', []), { status: 400 });
  t.match(await post('/ho-tich/trich-luc', { so_dinh_danh: 'x'.repeat(20_000) }), { status: 400 });
  t.match(await post('/khong-co', {}), { status: 404 });
});
