/** Holds the connections to the collector, so that they can be cut at any moment: the SDK's transport knows no end but the collector's. */

import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { OtlpSignal } from './watch-sending.ts';

export interface CollectorLine {
  /** For the SDK's `httpAgentOptions`. */
  readonly agentFor: (protocol: string) => Promise<http.Agent>;
  /** Lets requests through again after `cut`. */
  open(): void;
  /** Destroys all connections, those in use too, and refuses new ones: a try that was waiting for its turn would begin after the end. */
  cut(): void;
}

/** `ca`: PEM; where undefined, what the environment names, or Node's own authorities. */
export function createCollectorLine(signal: OtlpSignal, ca: string | undefined): CollectorLine {
  const agents: http.Agent[] = [];
  let isCut = false;

  function guard(agent: http.Agent): http.Agent {
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, done) => {
      const socket = connect(options, done);
      if (isCut) socket?.destroy(new Error('the time for the collector to answer is over'));
      return socket;
    };
    agents.push(agent);
    return agent;
  }

  return {
    async agentFor(protocol) {
      if (protocol === 'http:') return guard(new http.Agent({ keepAlive: true }));
      const named = await tlsOfEnvironment(signal);
      return guard(new https.Agent({ ...named, ...(ca === undefined ? {} : { ca }), keepAlive: true }));
    },
    open() {
      isCut = false;
    },
    cut() {
      isCut = true;
      for (const agent of agents) agent.destroy();
    },
  };
}

/** OpenTelemetry Protocol Exporter, "Configuration Options": an agent of one's own takes the place of the SDK's, which reads them. */
async function tlsOfEnvironment(signal: OtlpSignal): Promise<https.AgentOptions> {
  const options: https.AgentOptions = {};
  for (const [option, name] of [
    ['ca', 'CERTIFICATE'],
    ['cert', 'CLIENT_CERTIFICATE'],
    ['key', 'CLIENT_KEY'],
  ] as const) {
    const { env } = process;
    const file = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`];
    if (file) options[option] = await readFile(file);
  }
  return options;
}
