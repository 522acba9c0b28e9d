/** What every measured server tells the benchmark: where it listens, what it wants to be sent, and the CPU time it has used. */

import { answerParent } from '../answer-parent.ts';

export interface OpenRequest {
  /** A folder for this server alone. */
  readonly folder: string;
  /** postgres:// URL of the sample population registry. */
  readonly databaseUrl: string;
  readonly databaseConnections: number;
  /** Path that requests go to. */
  readonly path: string;
  /** What a server that makes nothing up itself answers with. */
  readonly constantAnswer: string;
  /** The caller that the requests come from. */
  readonly client: string;
  /** The scenario's own. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Opened {
  /** Base URL. */
  readonly url: string;
  /** Bearer token of the caller; undefined where none is needed. */
  readonly token?: string;
}

export interface OpenServer {
  readonly opened: Opened;
  readonly close: () => Promise<void>;
}

/** CPU time since the start of the process, microseconds. */
export type CpuMicros = number;

export interface Memory {
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** Runs the module as a server: `open` is called once. */
export function serve(open: (request: OpenRequest) => Promise<OpenServer>): void {
  let server: OpenServer | undefined;
  answerParent(
    {
      open: async (request: OpenRequest): Promise<Opened> => {
        server = await open(request);
        return server.opened;
      },
      cpuTime: (): CpuMicros => {
        const { user, system } = process.cpuUsage();
        return user + system;
      },
      memory: (): Memory => {
        const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage();
        return { residentBytes, heapBytes };
      },
    },
    () => server?.close(),
  );
}

export const listenOn = { host: '127.0.0.1', port: 0 };
