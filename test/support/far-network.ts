/** A network namespace of its own behind a pair of virtual Ethernet devices, whose link can be cut and made slow. Needs root and iproute2. */

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Within } from './server-process.ts';
import type { Teardown } from './servers.ts';

export interface FarNetwork extends Within {
  /** Packets vanish in both directions from now on: nobody is told, no connection is reset. */
  cut(): void;
  mend(): void;
  /** Both directions: what does not fit into 256 kbit/s waits for up to 400 ms, and is dropped beyond. */
  slowDown(): void;
  /** As fast as it was. */
  speedUp(): void;
  /** Sockets that a process of this side holds open to the other one. */
  sockets(): number;
}

/** A token bucket: the kernel's other disciplines for slow links are not everywhere. tc-tbf(8). */
const slowLink = ['tbf', 'rate', '256kbit', 'burst', '16kb', 'latency', '400ms'];
/** Private (RFC 1918); each network has four addresses of it, of which two are in use. */
const prefix = '10.213';

/** Gone with the test, and with its process, whatever ends that. Throws Error where this may not be done. */
export function makeFarNetwork(t: Teardown): FarNetwork {
  const number = randomInt(1, 1 << 14);
  const [name, here, there] = [`lienthong-${number}`, `lt${number}h`, `lt${number}t`];
  const last = (number & 63) * 4;
  const [near, address] = [1, 2].map((step) => `${prefix}.${number >> 6}.${last + step}`) as [string, string];
  const inside = (line: readonly string[]) => ['ip', 'netns', 'exec', name, ...line];
  const run = ([program = '', ...rest]: readonly string[]) => execFileSync(program, rest, { encoding: 'utf8' });
  const addressOfDevice = (line: readonly string[], device: string) =>
    run([...line, 'cat', `/sys/class/net/${device}/address`]).trim();

  let isThere = true;
  const remove = () => {
    if (!isThere) return;
    isThere = false;
    execFileSync('ip', ['netns', 'del', name]);
    // It goes with the namespace, but only when nobody is in there any more.
    try {
      execFileSync('ip', ['link', 'del', here], { stdio: 'ignore' });
    } catch {
      // It has gone with it.
    }
  };
  run(['ip', 'netns', 'add', name]);
  process.once('exit', remove);
  t.teardown(async () => {
    remove();
    process.off('exit', remove);
  });
  endInOrder(t);

  run(['ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name]);
  run(['ip', 'addr', 'add', `${near}/30`, 'dev', here]);
  run(['ip', 'link', 'set', here, 'up']);
  const raise = () => {
    run(inside(['ip', 'link', 'set', there, 'up']));
    // Known to each other for ever: an address that is not found would be told to whoever connects.
    const [hereAt, thereAt] = [addressOfDevice([], here), addressOfDevice(inside([]), there)];
    run(['ip', 'neigh', 'replace', address, 'lladdr', thereAt, 'dev', here, 'nud', 'permanent']);
    run(inside(['ip', 'neigh', 'replace', near, 'lladdr', hereAt, 'dev', there, 'nud', 'permanent']));
  };
  run(inside(['ip', 'link', 'set', 'lo', 'up']));
  run(inside(['ip', 'addr', 'add', `${address}/30`, 'dev', there]));
  // What a process there left unsaid when it was killed is soon given up, as if its machine had gone.
  run(inside(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries']));
  raise();

  const bothEnds = (action: string, discipline: readonly string[]) => {
    run(['tc', 'qdisc', action, 'dev', here, 'root', ...discipline]);
    run(inside(['tc', 'qdisc', action, 'dev', there, 'root', ...discipline]));
  };
  return {
    address,
    command: inside,
    cut: () => void run(inside(['ip', 'link', 'set', there, 'down'])),
    mend: raise,
    slowDown: () => bothEnds('add', slowLink),
    speedUp: () => bothEnds('del', []),
    sockets: () => countSockets(address),
  };
}

/** proc_net_tcp: the third column is the other side, in the machine's byte order; the tenth, the inode, 0 where no process has it. */
function countSockets(address: string): number {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const there = bytes.reverse().join('').toUpperCase();
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , other, , , , , , , inode]) => {
      return other?.startsWith(`${there}:`) === true && inode !== '0';
    }).length;
}

/** A signal ends a process without a word to it; one that exits clears away what it has made. */
function endInOrder(t: Teardown): void {
  const onInterrupt = () => process.exit(130);
  const onTerminate = () => process.exit(143);
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onTerminate);
  t.teardown(async () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  });
}
