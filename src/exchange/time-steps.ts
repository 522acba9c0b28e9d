/** Takes the steps' times by wrapping them once, so that no step has to know that it is watched, and an exchange that is not watched pays nothing. */

import type { StepObserver } from './ports.ts';

/** A step of whatever arguments: its own type is kept by `timeSteps`. */
type AnyStep = (...values: never[]) => unknown;

/** The same steps, each telling the observer its duration, also when it throws. */
export function timeSteps<Steps extends object>(steps: Steps, observer: StepObserver): Steps {
  const timed = Object.entries(steps).map(([name, step]) => [name, timeStep(name, step as AnyStep, observer)]);
  return Object.fromEntries(timed) as Steps;
}

function timeStep(name: string, step: AnyStep, observer: StepObserver): AnyStep {
  return (...values) => {
    const startedMs = performance.now();
    const done = () => observer.stepDone(name, performance.now() - startedMs);
    try {
      const result = step(...values);
      if (result instanceof Promise) return result.finally(done);
      done();
      return result;
    } catch (error) {
      done();
      throw error;
    }
  };
}
