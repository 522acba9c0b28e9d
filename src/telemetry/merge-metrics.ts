/** Puts the metrics of several processes together as one exposition; each brings a label that says whose a sample is. */

interface Family {
  /** `# HELP` and `# TYPE`. */
  readonly head: string[];
  readonly samples: string[];
}

/** Prometheus text expositions, in which a family's lines stand together (text format 0.0.4). */
export function mergeMetrics(expositions: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of expositions) {
    let family: Family | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, kind, name] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (name === undefined) {
        family?.samples.push(line);
        continue;
      }
      family = families.get(name) ?? { head: [], samples: [] };
      families.set(name, family);
      if (!family.head.some((one) => one.startsWith(`# ${kind} `))) family.head.push(line);
    }
  }
  return `${[...families.values()].map(({ head, samples }) => [...head, ...samples].join('\n')).join('\n\n')}\n`;
}
