/** Tells how busy others kept the machine while something was measured: the one reason for which a round is done again. */

import { cpuMicrosOfTree, machineCpuMicros } from './process-cpu.ts';

export interface Noise {
  /** CPU time of what this benchmark has not started, and what a hypervisor took away, percent of one core. */
  readonly othersPercent: number;
  readonly isNoisy: boolean;
}

/** Of one core. Chosen by no result: a round is not noisy because its ratio is not liked. */
export const othersPercentMax = 10;

/** What it returns tells of the time since. */
export function listen(): () => Noise {
  const startMs = performance.now();
  const [machine, own] = [machineCpuMicros(), cpuMicrosOfTree(process.pid)];
  return () => {
    const elapsedMicros = (performance.now() - startMs) * 1000;
    const all = (machineCpuMicros() ?? 0) - (machine ?? 0);
    const others = Math.max(0, all - (cpuMicrosOfTree(process.pid) - own));
    const othersPercent = (100 * others) / elapsedMicros;
    return { othersPercent, isNoisy: othersPercent > othersPercentMax };
  };
}
