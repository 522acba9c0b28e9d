/** A registry that is an SQL database: statements in .sql files, values by name, bounded pool and queue, failures of four kinds only. */

import { type CallAttributes, sqlAttributes } from './call-attributes.ts';
import { type CallSignal, carryOver } from './call-signal.ts';
import type { DeliveryOutcome } from './delivery.ts';
import { openMariaDb } from './mariadb.ts';
import { openPostgres } from './postgres.ts';
import { refused } from './refused.ts';
import { SourceError } from './source-error.ts';
import { createCall } from './sql-call.ts';
import type { SqlDialect, SqlDriver, SqlRow, SqlStatement, SqlValue } from './sql-driver.ts';
import { createInbox, type TakenDelivery } from './sql-inbox.ts';
import { queueMaxDefault, type SqlSourceSettings } from './sql-settings.ts';
import { createSlots } from './sql-slots.ts';
import { readStatements, valuesOf } from './sql-statements.ts';
import { createTransaction, type RunStatement } from './sql-transaction.ts';

export type { SqlRow, SqlValue } from './sql-driver.ts';
export type { TakenDelivery } from './sql-inbox.ts';
export { type SqlSourceSettings, sqlSourceSettingsSchema } from './sql-settings.ts';

export interface SqlSource {
  /**
   * Runs the statement of `{name}.sql` with the values of its named parameters. Throws SourceError; an abort rejects at
   * once and stops the statement on the server. Throws TypeError for a name or a parameter that is not in the files.
   */
  query(name: string, parameters: Readonly<Record<string, SqlValue>>, signal?: AbortSignal): Promise<SqlRow[]>;
  /**
   * Runs the statements that the work asks for as one effect, READ COMMITTED: lock what decides (`FOR UPDATE`), in the order
   * of the keys. After a deadlock the work runs again, a few times at most. Throws SourceError, and whatever the work throws;
   * nothing has taken effect then, unless the connection was lost in the middle of the commit. An abort rejects at once and
   * rolls back.
   */
  transaction<T>(work: (transaction: SqlTransaction) => Promise<T>, signal: AbortSignal): Promise<T>;
  /**
   * Takes a delivery once: runs the work in a transaction that also writes its outcome into the table `delivery_inbox`
   * (adapters/README.md). A delivery that has its outcome already gets that one, and one that another call is busy with waits
   * for it. After `waiting`, and after a refusal of an earlier round, the work runs again. A value that the registry cannot store (`unstorable`) is refused. Throws as `transaction` does.
   */
  takeOnce(
    delivery: TakenDelivery,
    work: (transaction: SqlTransaction) => Promise<DeliveryOutcome>,
    signal: AbortSignal,
  ): Promise<DeliveryOutcome>;
  /** Resolves when the database answers. Throws SourceError. */
  check(signal?: AbortSignal): Promise<void>;
  /** Gives up what is under way and closes every connection. A second call waits for the same end. */
  close(): Promise<void>;
}

/** What runs in one transaction. Its statements run one after the other; after a failed one it cannot go on. */
export interface SqlTransaction {
  query(name: string, parameters: Readonly<Record<string, SqlValue>>): Promise<SqlRow[]>;
}

/**
 * Reads and compiles the .sql files of the folder; opens no connection yet. Throws SourceError if the settings cannot work,
 * TypeError if a statement has a placeholder other than `:name`.
 */
export function sqlSource(settings: SqlSourceSettings, folder: URL): SqlSource {
  const { server, driver, attributes } = openDriver(settings);
  const statements = readStatements(folder, driver.dialect);
  const slots = createSlots(settings.poolMax, settings.queueMax ?? queueMaxDefault, server);
  const deps = { driver, slots, server, cancelTimeoutMs: settings.connectTimeoutMs };
  const call = createCall(deps);
  /** What a Set leaves behind when it makes itself a new table lives long: it holds nothing of a call that is over. */
  const underWay = new Set<{ own: AbortController | undefined }>();
  const closed = new SourceError('unavailable', `${server}: the source is closed`);
  let closing: Promise<void> | undefined;

  const transact = createTransaction(deps);
  const inbox = createInbox(driver.dialect);

  /** Whatever is under way is given up when the source closes. */
  const whileOpen = async <T>(signal: CallSignal | undefined, action: (signal: AbortSignal) => Promise<T>) => {
    if (closing !== undefined) throw closed;
    const own = new AbortController();
    carryOver(signal, own.signal);
    signal?.trace?.describe(attributes);
    const onAbort = () => own.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const kept: { own: AbortController | undefined } = { own };
    underWay.add(kept);
    try {
      return await action(own.signal);
    } finally {
      underWay.delete(kept);
      kept.own = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  };

  const statementOf = (name: string) => {
    const statement = statements.get(name);
    if (statement === undefined) throw new TypeError(`there is no ${name}.sql in ${folder}`);
    return statement;
  };

  const transactionOn = (run: RunStatement): SqlTransaction => ({
    async query(name, parameters) {
      const statement = statementOf(name);
      return run(statement, valuesOf(statement, parameters));
    },
  });

  const close = async () => {
    for (const { own } of underWay) own?.abort(closed);
    await slots.allFree();
    await driver.close();
  };

  return {
    async query(name, parameters, signal) {
      const statement = statementOf(name);
      const values = valuesOf(statement, parameters);
      return whileOpen(signal, (own) => call(statement, values, own));
    },
    transaction: (work, signal) => whileOpen(signal, (own) => transact((run) => work(transactionOn(run)), own)),
    takeOnce: (delivery, work, signal) =>
      whileOpen(signal, (own) =>
        transact((run) => inbox(run, delivery, () => work(transactionOn(run))), own).catch(refuseUnstorable),
      ),
    async check(signal) {
      await whileOpen(signal, (own) => call(probe, [], own));
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** However often it is given again, the registry cannot take it; and it must not hold up whatever follows. */
function refuseUnstorable(error: unknown): DeliveryOutcome {
  if (!(error instanceof SourceError) || error.kind !== 'unstorable') throw error;
  return refused(
    'value-unstorable',
    'The registry cannot store a value of the message: it is too long, out of range or of characters that it does not keep.',
    'Cơ sở dữ liệu không thể lưu một giá trị trong thông điệp: quá dài, ngoài phạm vi hoặc chứa ký tự không được hỗ trợ.',
  );
}

const probe: SqlStatement = { name: '(check)', text: 'SELECT 1', parameters: [] };

interface OpenedDriver {
  /** Fit for logs: no user, no password. */
  readonly server: string;
  readonly driver: SqlDriver;
  readonly attributes: CallAttributes;
}

/** The scheme of the URL chooses the engine. */
function openDriver(settings: SqlSourceSettings): OpenedDriver {
  const { url, dialect } = addressOf(settings.url);
  const driver = dialect === 'postgres' ? openPostgres(settings) : openMariaDb(settings);
  return { server: `${url.host}${url.pathname}`, driver, attributes: sqlAttributes(url, dialect) };
}

/** Throws SourceError where the URL names no engine that is known. */
export function addressOf(text: string): { readonly url: URL; readonly dialect: SqlDialect } {
  const url = URL.parse(text);
  const dialect = url === null ? undefined : dialects[url.protocol];
  if (url === null || dialect === undefined) {
    throw new SourceError('unavailable', 'the URL of the registry must be postgres://… or mysql://…');
  }
  return { url, dialect };
}

const dialects: Readonly<Record<string, SqlDialect>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mariadb',
  'mariadb:': 'mariadb',
};
