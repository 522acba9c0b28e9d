/** What an adapter is handed to stand up its sample registry: databases, a folder, certificates and child processes, all ended with the gateway. */

import { fileURLToPath } from 'node:url';
import type { EmbeddedHost } from '../adapter-kit/types.ts';
import type { Certificates } from './certificates.ts';
import { type ChildLimits, childLimits, type Ready, startChild } from './child-process.ts';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedError } from './embedded-error.ts';
import type { Log } from './log.ts';
import type { EmbeddedPostgres } from './postgres.ts';
import { type RestartLimits, restartLimits, type Supervised, supervise } from './supervise.ts';

export interface EmbeddedHosts {
  /** The host of one adapter, whose databases and folder bear the adapter's name. */
  forAdapter(adapter: string): Promise<EmbeddedHost>;
  /** Ends the processes of an adapter's sample registry; what it resolves with starts them again. */
  hold(adapter: string): Promise<() => Promise<void>>;
  /** Ends every child process; the embedded PostgreSQL is its owner's to close. */
  close(): Promise<void>;
}

export interface EmbeddedHostDependencies {
  readonly folder: DataFolder;
  /** Called when the first adapter asks for a database; must hand out the same server each time. */
  readonly postgres: () => Promise<EmbeddedPostgres>;
  readonly certificates: Certificates;
  readonly log: Log;
  readonly childLimits?: ChildLimits;
  readonly restartLimits?: RestartLimits;
}

const adapterName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export function createEmbeddedHosts(deps: EmbeddedHostDependencies): EmbeddedHosts {
  const children: { readonly adapter: string; readonly process: Supervised<Ready> }[] = [];
  let closed = false;

  /**
   * A child that dies is started again with its former port in LIENTHONG_PORT, because the adapter goes on using the
   * settings made from the first ready message: a module that listens has to take that port where the variable is set.
   */
  async function child(adapter: string, module: URL, env: Readonly<Record<string, string>>): Promise<Ready> {
    const name = `${adapter} ${fileURLToPath(module).split('/').at(-1)}`;
    const supervised = await supervise<Ready>({
      name,
      log: deps.log,
      limits: deps.restartLimits ?? restartLimits,
      start: (previous) => {
        const port = previous?.port === undefined ? {} : { LIENTHONG_PORT: String(previous.port) };
        const limits = deps.childLimits ?? childLimits;
        return startChild({ name, module, env: { ...env, ...port }, limits, log: deps.log });
      },
    });
    children.push({ adapter, process: supervised });
    if (closed) {
      await supervised.close();
      throw new EmbeddedError(`The process ${name} was started while the gateway was closing`);
    }
    return supervised.facts;
  }

  return {
    forAdapter: async (adapter) => {
      if (!adapterName.test(adapter)) throw new EmbeddedError(`"${adapter}" cannot be the name of an adapter`);
      return {
        folder: await deps.folder.folder(`registries/${adapter}`),
        database: async (name) => {
          const postgres = await deps.postgres();
          const database = `${adapter.replaceAll('-', '_')}__${name}`;
          await postgres.createDatabase(database);
          return { url: postgres.url(database) };
        },
        certificate: (commonName) => deps.certificates.certificate(commonName),
        child: (module, env) => child(adapter, module, env),
      };
    },
    hold: async (adapter) => {
      const own = children.filter((one) => one.adapter === adapter);
      const starts = await Promise.all(own.map(({ process }) => process.hold()));
      return async () => {
        await Promise.all(starts.map((start) => start()));
      };
    },
    close: async () => {
      closed = true;
      await Promise.all(children.map(({ process }) => process.close()));
    },
  };
}
