/** What an operator sets for Redis. */

import type { ConnectionOptions } from 'node:tls';

export interface RedisLimits {
  /** Put before every key and channel. */
  readonly keyPrefix: string;
  /** Whatever a command takes longer is done without Redis. */
  readonly timeoutMs: number;
  /** Until connection and first answer are there. */
  readonly connectTimeoutMs: number;
  /** Until what is owed is told and it counts as up, altogether; each step of that has `connectTimeoutMs`. */
  readonly readyTimeoutMs: number;
  /** How often a message to itself and a write are tried; what takes longer than this, or than `timeoutMs` if that is more, failed. */
  readonly heartbeatMs: number;
  /** Pause before it is tried again, which doubles with each failure and is shortened at random by up to a half. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** Exactly one of `url`, `sentinels` and `cluster`. */
export interface RedisPlace {
  /** `redis://host:port/database`, or `rediss://` for TLS. */
  readonly url?: string;
  readonly sentinels?: {
    /** `redis://host:port` each. */
    readonly urls: readonly string[];
    /** What the sentinels call the master. */
    readonly master: string;
  };
  /** Some nodes of a Redis Cluster; the others are found. */
  readonly cluster?: readonly string[];
}

export interface RedisSettings extends RedisLimits, RedisPlace {
  readonly username?: string;
  /** Files are relative to the configuration folder. */
  readonly passwordFile?: string;
  readonly sentinelPasswordFile?: string;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
  };
}

/** Read from the files that the settings name. */
export interface RedisSecrets {
  readonly password?: string;
  readonly sentinelPassword?: string;
  readonly tls?: ConnectionOptions;
}
