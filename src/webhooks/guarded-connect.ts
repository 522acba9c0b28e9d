/** Opens connections to allowed addresses only: what is looked at is the very address that is connected to. */

import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { Addresses } from './addresses.ts';

class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'address-not-allowed';
}

export interface GuardedConnectSetup {
  readonly addresses: Addresses;
  readonly connectTimeoutMs: number;
  readonly ca: string | undefined;
  /** As node:dns has it; for tests of names that lead elsewhere the second time. */
  readonly lookup?: typeof systemLookup;
}

/**
 * The name is resolved here and nowhere else, and the connection goes to what was found and checked, so that a name
 * that leads elsewhere at the next question (DNS rebinding) leads nowhere. One forbidden address among several refuses
 * all. A name that is an address is not looked up by Node, and is checked before.
 */
export function guardedConnect(setup: GuardedConnectSetup): buildConnector.connector {
  const { addresses, connectTimeoutMs, ca, lookup = systemLookup } = setup;
  const connectorFor = (secure: boolean) => {
    const guarded: LookupFunction = (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, '');
        const [first] = found;
        if (first === undefined || !found.every(({ address }) => addresses.allows(address, secure))) {
          return callback(new AddressRefused('the name leads to an address that is not allowed'), '');
        }
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      });
    };
    return buildConnector({
      timeout: connectTimeoutMs,
      lookup: guarded,
      allowH2: false,
      ...(ca === undefined ? {} : { ca }),
    });
  };
  const connectors = { secure: connectorFor(true), plain: connectorFor(false) };

  return (options, callback) => {
    const secure = options.protocol === 'https:';
    const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !addresses.allows(host, secure)) {
      callback(new AddressRefused('the address is not allowed'), null);
      return;
    }
    connectors[secure ? 'secure' : 'plain'](options, callback);
  };
}
