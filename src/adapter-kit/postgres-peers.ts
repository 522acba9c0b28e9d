/** Has PostgreSQL let go of whoever does not answer any more: what an open transaction of theirs has locked, all others wait for. */

export interface PeerLimits {
  /** For which a transaction may be open without a statement that runs, milliseconds. */
  readonly idleTransactionMs: number;
  /** Time after which a connection is given up that acknowledges nothing, seconds. */
  readonly peerLostSeconds: number;
}

const probesMax = 3;

/**
 * Settings of the session, as libpq's `options` has them. By itself the server waits for ever for a client that is frozen,
 * and for two hours for one whose node is gone (PostgreSQL documentation, "Connections and Authentication", "Client
 * Connection Defaults"). Where its system knows no such limit on TCP, the server goes without.
 */
export function peerOptions({ idleTransactionMs, peerLostSeconds }: PeerLimits): string {
  const betweenProbes = Math.max(1, Math.floor(peerLostSeconds / (probesMax + 1)));
  const settings = {
    idle_in_transaction_session_timeout: idleTransactionMs,
    tcp_keepalives_idle: betweenProbes,
    tcp_keepalives_interval: betweenProbes,
    tcp_keepalives_count: probesMax,
    // Also of what is sent and not read: a frozen client's window stays shut.
    tcp_user_timeout: peerLostSeconds * 1000,
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
