/** CPU time of process trees and of the machine. */

import t from 'tap';
import { listen, othersPercentMax } from '../../bench/noise.ts';
import { cpuMicrosOfTree, machineTicksIn, type ProcessTimes, ticksOfTree } from '../../bench/process-cpu.ts';

const times = (parent: string, ticks: number, endedTicks = 0): ProcessTimes => ({ parent, ticks, endedTicks });

t.test('a tree is a process with all that it has started, ended ones included', async (t) => {
  const processes = new Map([
    ['1', times('0', 1000)],
    ['2', times('1', 10, 5)],
    ['3', times('2', 7)],
    ['4', times('3', 1)],
    ['5', times('1', 100)],
  ]);
  t.equal(ticksOfTree(processes, '2'), 23);
  t.equal(ticksOfTree(processes, '5'), 100);
  t.equal(ticksOfTree(processes, '9'), 0);
});

t.test('the machine is busy with what programs do and what is stolen from it, not with waiting', async (t) => {
  t.equal(machineTicksIn('cpu  100 20 3 9000 800 70 60 4 0 0'), 127);
});

t.test(
  'what this process does is no noise of others',
  { skip: process.platform !== 'linux' && 'no /proc' },
  async (t) => {
    const before = cpuMicrosOfTree(process.pid);
    const noise = listen();
    for (const endMs = performance.now() + 300; performance.now() < endMs; );
    t.ok(cpuMicrosOfTree(process.pid) > before);
    const { othersPercent, isNoisy } = noise();
    t.ok(othersPercent >= 0);
    t.equal(isNoisy, othersPercent > othersPercentMax);
  },
);
