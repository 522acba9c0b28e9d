/** Runs proxies that are no modules of Node, each as one process or thread on the core of the servers. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ProgramKind } from './measured-servers.ts';
import { findProgram } from './packages.ts';
import { commandOnCore } from './pinning.ts';
import { cpuMicrosOfTree } from './process-cpu.ts';

export interface RunningProgram {
  readonly url: string;
  cpuMicros(): number;
}

export interface ProgramSetup {
  readonly program: ProgramKind['program'];
  /** For it alone. */
  readonly folder: string;
  readonly core: number | undefined;
  /** Base URL of what it stands in front of. */
  readonly upstreamUrl: string;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  /** `host:port`. */
  readonly upstream: string;
}

/** Configuration and arguments; connections are kept on both sides, nothing is logged. */
const programs: Readonly<Record<ProgramKind['program'], (place: Place) => { config: string; flags: string[] }>> = {
  nginx: ({ folder, port, upstream }) => ({
    config: `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`).join(' ')}
  upstream registry { server ${upstream}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://registry; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
    flags: ['-p', folder, '-e', 'stderr', '-c', path.join(folder, 'config')],
  }),
  caddy: ({ folder, port, upstream }) => ({
    config: `{
  admin off
  auto_https off
  storage file_system ${folder}
  log default {
    output discard
  }
}
http://127.0.0.1:${port} {
  reverse_proxy ${upstream} {
    transport http {
      keepalive_idle_conns_per_host 64
    }
  }
}
`,
    flags: ['run', '--adapter', 'caddyfile', '--config', path.join(folder, 'config')],
  }),
  haproxy: ({ port, upstream, folder }) => ({
    config: `global
  nbthread 1
  maxconn 2048
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend all
  bind 127.0.0.1:${port}
  default_backend registry
backend registry
  server registry ${upstream}
`,
    flags: ['-db', '-f', path.join(folder, 'config')],
  }),
};

/** Throws Unavailable. */
export async function openProgram(stack: AsyncDisposableStack, setup: ProgramSetup): Promise<RunningProgram> {
  const { program, folder, core, upstreamUrl } = setup;
  const binary = await findProgram(path.join(folder, 'package'), program);
  const port = await freePort();
  const place = { folder: path.join(folder, 'run'), port, upstream: new URL(upstreamUrl).host };
  await mkdir(place.folder, { recursive: true });
  const { config, flags } = programs[program](place);
  await writeFile(path.join(place.folder, 'config'), config);
  const { command, arguments: parameters } = commandOnCore(core, binary, flags);
  const environment = { ...process.env, HOME: place.folder, GOMAXPROCS: '1' };
  const child = spawn(command, parameters, {
    env: environment,
    // Ctrl-C is for the benchmark alone.
    detached: true,
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  stack.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await untilOpen(port, exited);
  return { url: `http://127.0.0.1:${port}`, cpuMicros: () => cpuMicrosOfTree(child.pid ?? 0) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const openTriesMax = 100;
const openPauseMs = 50;

async function untilOpen(port: number, exited: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  exited.then(() => {
    hasEnded = true;
  });
  for (let tries = 0; tries < openTriesMax && !hasEnded; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await wait(openPauseMs);
  }
  throw new Error('it does not listen');
}
