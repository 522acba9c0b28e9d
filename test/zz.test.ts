import t from 'tap';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { sqlSource } from '../src/adapter-kit/sql-source.ts';
import { startLoopbackProxy } from './support/loopback-proxy.ts';
import { startMariaDb, startPostgres } from './support/servers.ts';
process.on('unhandledRejection', (e) => console.error('UNHANDLED', e));
for (const [name, start, sql] of [['pg', startPostgres, 'SELECT pg_sleep(:s), :n::int AS n'], ['maria', startMariaDb, 'SELECT SLEEP(:s), :n AS n']] as const) {
  for (const chaotic of [true, false])
  t.test(name, { timeout: 60000 }, async t => {
    const server = await start(t);
    const proxy = await startLoopbackProxy(t, server.url);
    const dir = mkdtempSync('/tmp/zz-'); writeFileSync(dir + '/q.sql', sql);
    const s = sqlSource({ url: chaotic ? proxy.url : server.url, poolMax: 8, queueMax: 1000, connectTimeoutMs: 500 }, pathToFileURL(dir));
    const out: Record<string, number> = {}; let wrong = 0;
    const chaos = setInterval(() => { const r = Math.random(); if (r < 0.3) proxy.cut(); else if (r < 0.5) { proxy.freeze(); setTimeout(() => proxy.thaw(), 80); } }, 150);
    const a = Date.now();
    let maxConn = 0;
    await Promise.all(Array.from({ length: 40 }, async (_, w) => {
      for (let i = 0; i < 100; i++) {
        maxConn = Math.max(maxConn, proxy.connections());
        const n = w * 1000 + i; const abort = Math.random() < 0.4 ? AbortSignal.timeout(Math.floor(Math.random() * 60)) : undefined;
        try { const [row] = await s.query('q', { s: Math.random() * 0.02, n }, abort); if (Number(row?.n) !== n) wrong++; out.ok = (out.ok ?? 0) + 1; }
        catch (e: any) { const k = e.name + ':' + e.kind + ':' + e.message.replace(/.*: /, ''); out[k] = (out[k] ?? 0) + 1; await new Promise(f => setTimeout(f, 5)); }
      }
    }));
    clearInterval(chaos); proxy.thaw(); await new Promise(f => setTimeout(f, 1000));
    await s.check();
    const res = await Promise.all(Array.from({ length: 8 }, (_, n) => s.query('q', { s: 0, n })));
    console.error(name, Date.now() - a, out, 'wrong', wrong, 'conns', proxy.connections(), 'max', maxConn, res.length);
    const c = Date.now(); await s.close(); console.error('close', Date.now() - c, proxy.connections());
    await new Promise(f => setTimeout(f, 200)); console.error('after', proxy.connections());
  });
}
