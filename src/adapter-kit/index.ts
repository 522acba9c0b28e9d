/** All that an adapter may import from the gateway. */

export { defineAdapter } from './define-adapter.ts';
export type * from './delivery.ts';
export { type HttpSource, type HttpSourceSettings, httpSource, httpSourceSettingsSchema } from './http-source.ts';
export type * from './manifest.ts';
export { matchName, type NameLevel } from './name-match.ts';
export { refused } from './refused.ts';
export { SourceError, type SourceErrorKind } from './source-error.ts';
export { type SqlSeed, type SqlSeeder, seedDatabase } from './sql-seeder.ts';
export {
  type SqlRow,
  type SqlSource,
  type SqlSourceSettings,
  type SqlTransaction,
  type SqlValue,
  sqlSource,
  sqlSourceSettingsSchema,
} from './sql-source.ts';
export type * from './types.ts';
export { dayInVietNam } from './viet-nam-day.ts';
