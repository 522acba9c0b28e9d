/** How the embedded PostgreSQL is run: durable, reachable from this machine only, modest in size, and with no personal data in its log. */

export interface PostgresLimits {
  /** First start only: making the cluster. */
  readonly initialiseTimeoutMs: number;
  /** From the start of the server until it takes connections, the replay of its log after a crash included. */
  readonly startTimeoutMs: number;
  /** For a fast shutdown, which ends open transactions and writes a checkpoint; an immediate one follows. */
  readonly stopTimeoutMs: number;
  readonly connectionsMax: number;
  readonly sharedBuffersMiB: number;
  /** For each sort or hash of a query. */
  readonly workMemMiB: number;
  readonly maintenanceWorkMemMiB: number;
  /** Write-ahead log kept between checkpoints; a soft limit. */
  readonly walMiBMax: number;
  /** Size of PostgreSQL's own log at which it is turned over; one older file is kept. */
  readonly logBytesMax: number;
  readonly logCheckMs: number;
}

export const postgresLimits: PostgresLimits = {
  initialiseTimeoutMs: 120_000,
  startTimeoutMs: 120_000,
  stopTimeoutMs: 20_000,
  connectionsMax: 100,
  sharedBuffersMiB: 64,
  workMemMiB: 4,
  maintenanceWorkMemMiB: 64,
  walMiBMax: 512,
  logBytesMax: 8 * 1024 * 1024,
  logCheckMs: 60_000,
};

/** Arguments of `initdb`. The password comes by standard input, a file that has no name any more. */
export const initdbArguments = [
  '--username=postgres',
  '--pwfile=/dev/stdin',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  // The builtin provider sorts alike on every machine, whatever its C library and ICU.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--no-instructions',
];

/** `-c` arguments of `postgres`; they win over the files in its data folder. */
export function serverArguments(port: number, clusterName: string, limits: PostgresLimits): string[] {
  const settings = {
    ...durability,
    ...discretion,
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    cluster_name: clusterName,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: limits.connectionsMax,
    shared_buffers: `${limits.sharedBuffersMiB}MB`,
    work_mem: `${limits.workMemMiB}MB`,
    maintenance_work_mem: `${limits.maintenanceWorkMemMiB}MB`,
    max_wal_size: `${limits.walMiBMax}MB`,
    jit: 'off',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** An acknowledged commit survives a power cut. */
const durability = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/**
 * Messages of level ERROR repeat values ("invalid input syntax …"), their details whole keys: neither is written, and the
 * client gets them anyway. LOG, FATAL and PANIC speak of the server alone; `terse` keeps the query of a crashed process out.
 */
const discretion = {
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '%m [%p] ',
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_statement: 'none',
  log_duration: 'off',
  log_min_duration_statement: -1,
  log_min_duration_sample: -1,
  log_transaction_sample_rate: 0,
  log_parameter_max_length: 0,
  log_parameter_max_length_on_error: 0,
};
