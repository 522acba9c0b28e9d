/** Who may import whom: the table of docs/architecture.md as rules. */

const folders = (...names) => `^src/(${names.join('|')})/`;
const leaves = [
  'catalogue',
  'validation',
  'identity',
  'agreements',
  'quota',
  'cache',
  'breaker',
  'exchange-log',
  'telemetry',
  'embedded',
  'audit',
  'state',
  'deliveries',
  'redis',
  'workers',
  'events',
  'webhooks',
  'overload',
  'names',
];
/** What may keep something in the state database. */
const kept = ['audit', 'deliveries', 'events', 'webhooks'];
/** What gateways may share through Redis. */
const shared = ['cache', 'quota'];
/** Shapes of what is exchanged and recorded; they know each other and the kinds of problems. */
const shapes = 'exchange/(types|services|entries)\\.ts';
/** What the exchange asks of the world around it, and what is told of it. */
const ports = 'exchange/(ports|log-ports|callers|registry-reports|audit|access|pushes|events)\\.ts';
const heart = `^src/((problems|problem-kinds|keyed-hash|file-lock)\\.ts|${shapes}|${ports}|adapter-kit/)`;

/** A package and the only places that may import it. */
const home = (name, places) => ({
  name: `${name.replace(/[^a-z]/g, '-')}-has-one-home`,
  comment: 'One package, one home: whoever replaces it knows where to look.',
  severity: 'error',
  from: { path: '^(src|adapters)/', pathNot: places },
  to: { path: `^node_modules/${name}/` },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'problems-import-nothing',
      severity: 'error',
      from: { path: '^src/(problems|problem-kinds)\\.ts$' },
      to: { pathNot: '^src/problem-kinds\\.ts$' },
    },
    {
      name: 'small-things-import-nothing',
      severity: 'error',
      from: { path: '^src/(keyed-hash|file-lock)\\.ts$' },
      to: { path: '^(src|adapters)/' },
    },
    {
      name: 'types-import-problems-only',
      severity: 'error',
      from: { path: `^src/${shapes}$` },
      to: { pathNot: `^src/((problems|problem-kinds)\\.ts|${shapes})$` },
    },
    {
      name: 'ports-import-types-only',
      severity: 'error',
      from: { path: '^src/exchange/(ports|log-ports|callers|registry-reports)\\.ts$' },
      to: { pathNot: `^src/((problems|problem-kinds)\\.ts|${shapes}|${ports})$` },
    },
    {
      name: 'the-heart-knows-no-outside',
      severity: 'error',
      from: { path: '^src/exchange/' },
      to: { pathNot: '^src/((problems|problem-kinds)\\.ts|exchange/)' },
    },
    {
      name: 'adapter-kit-knows-types-only',
      severity: 'error',
      from: { path: '^src/adapter-kit/' },
      to: { path: '^src/', pathNot: `^src/((problems|problem-kinds)\\.ts|${shapes}|adapter-kit/)` },
    },
    ...leaves.map((leaf) => ({
      name: `${leaf}-stands-alone`,
      severity: 'error',
      from: { path: folders(leaf) },
      to: {
        path: '^src/',
        pathNot: [
          heart,
          folders(leaf),
          ...(kept.includes(leaf) ? [folders('state')] : []),
          ...(shared.includes(leaf) ? [folders('redis')] : []),
        ],
      },
    })),
    {
      name: 'http-and-cli-know-the-heart-only',
      severity: 'error',
      from: { path: folders('http', 'cli') },
      to: { path: '^src/', pathNot: '^src/((problems|problem-kinds)\\.ts|exchange/|http/|cli/)' },
    },
    { name: 'http-and-cli-apart', severity: 'error', from: { path: folders('http') }, to: { path: folders('cli') } },
    { name: 'cli-and-http-apart', severity: 'error', from: { path: folders('cli') }, to: { path: folders('http') } },
    {
      name: 'adapters-know-the-kit-only',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/' },
      to: {
        path: '^(src|adapters)/',
        pathNot: ['^src/adapter-kit/index\\.ts$', '^adapters/$1/', '^adapters/sample-people/'],
      },
    },
    {
      name: 'sample-people-are-for-seeds',
      comment: 'What an adapter answers comes from its registry, never from the sample.',
      severity: 'error',
      from: { path: '^adapters/[^/]+/', pathNot: ['/seed[^/]*(\\.ts$|/)', '/simulator/', '^adapters/sample-people/'] },
      to: { path: '^adapters/sample-people/' },
    },
    home('fastify', ['^src/http/', '^src/app\\.ts$']),
    home('@fastify/[^/]+', ['^src/app\\.ts$', '^src/http/openapi/docs-page\\.ts$']),
    home('ajv', ['^src/validation/']),
    home('ajv-formats', ['^src/validation/']),
    home('@opentelemetry/[^/]+', ['^src/telemetry/otlp/']),
    home('undici', ['^src/adapter-kit/', '^src/webhooks/']),
    home('pg', ['^src/adapter-kit/', '^src/embedded/', '^src/state/']),
    home('mysql2', ['^src/adapter-kit/']),
    home('opossum', ['^src/breaker/']),
    home('pg-boss', ['^src/deliveries/']),
    home('ioredis', ['^src/redis/']),
    home('pino', ['^src/telemetry/']),
    home('prom-client', ['^src/telemetry/']),
    home('jose', ['^src/identity/', '^src/exchange-log/evidence/', '^src/compose\\.ts$', '^src/embedded/keys\\.ts$']),
    home('fast-json-stringify', ['^src/agreements/']),
    home('lru-cache', ['^src/(cache|quota|agreements|identity|exchange-log|overload)/']),
    home('commander', ['^src/main\\.ts$', '^src/commands/']),
    home('pkijs', ['^src/exchange-log/timestamps/']),
    home('asn1js', ['^src/exchange-log/timestamps/']),
    home('yaml', ['^src/config-reader\\.ts$']),
    { name: 'no-orphan-imports', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What a benchmark that runs now has written.
    exclude: { path: '^bench/data/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
