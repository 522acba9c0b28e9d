/** Runs one piece of work at a time, so that whoever asks for it while it runs does not get what was begun before they asked. */

/** Who asks while the work runs waits for one more run, begun after it, which all share who asked meanwhile. */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function run(): Promise<void> {
    next = undefined;
    running = work().finally(() => {
      // A run that was asked for meanwhile has its turn at once.
      if (next === undefined) running = undefined;
    });
    return running;
  }

  return () => {
    if (running === undefined) return run();
    next ??= running.then(run, run);
    return next;
  };
}
