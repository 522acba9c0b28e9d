/** Proves that a caller may act as the X-Road client that it names: by token, or where configured by address. */

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Identity } from '../exchange/ports.ts';
import type { Client, Credentials, XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import type { MemberDirectory, Subsystem } from './members.ts';
import type { TokenSubject, Tokens } from './tokens.ts';

export function createIdentity(directory: MemberDirectory, tokens: Tokens): Identity {
  const plainConnections = new Map<XRoadId, BlockList>();
  for (const id of directory.subsystemIds()) {
    const addresses = directory.subsystem(id)?.plainConnection?.addresses;
    if (addresses !== undefined) plainConnections.set(id, addressList(addresses));
  }

  function registered(clientId: XRoadId): Subsystem {
    const subsystem = directory.subsystem(clientId);
    if (subsystem !== undefined) return subsystem;
    throw new Problem('member-unknown', 'X-Road-Client names no registered subsystem.');
  }

  function byToken(subject: TokenSubject, clientId: XRoadId): Client {
    if (subject.role !== 'client' || !covers(directory.canonical(subject.id), clientId)) {
      throw new Problem('client-not-owned', `The token was issued for ${subject.id} as ${subject.role}.`);
    }
    const { safetyLevel } = registered(clientId);
    return { id: clientId, safetyLevel, authenticatedBy: 'token', confinedTo: undefined };
  }

  function byAddress(address: string, clientId: XRoadId): Client {
    const allowed = plainConnections.get(clientId);
    if (allowed === undefined) {
      throw new Problem('authentication-required', 'The request has no bearer token.');
    }
    if (!contains(allowed, address)) {
      throw new Problem('address-not-allowed', `${clientId} may not connect without a token from here.`);
    }
    const { safetyLevel, plainConnection } = registered(clientId);
    return { id: clientId, safetyLevel, authenticatedBy: 'address', confinedTo: new Set(plainConnection?.services) };
  }

  return {
    authenticate({ bearerToken, remoteAddress }: Credentials, claimedId: XRoadId): Client | Promise<Client> {
      const clientId = directory.canonical(claimedId);
      if (bearerToken === undefined) return byAddress(remoteAddress, clientId);
      const subject = tokens.verify(bearerToken);
      return subject instanceof Promise
        ? subject.then((known) => byToken(known, clientId))
        : byToken(subject, clientId);
    },
    isRegistered: (clientId) => directory.subsystem(directory.canonical(clientId)) !== undefined,
  };
}

/** A token for a member covers its subsystems, one for a subsystem that subsystem only; none covers a whole class of members. */
export function covers(subjectId: XRoadId, clientId: XRoadId): boolean {
  return clientId === subjectId || clientId.slice(0, clientId.lastIndexOf('/')) === subjectId;
}

/** Addresses or prefixes (`10.1.0.0/16`, `::1`). Throws Error where one is neither. */
export function addressList(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of addresses) {
    const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const family = familyOf(address);
    const bitsMax = family === 'ipv4' ? 32 : 128;
    const prefixBits = bits === undefined ? bitsMax : Number(bits);
    if (family === undefined || prefixBits > bitsMax) throw new Error(`${entry} is not an IP address or prefix`);
    list.addSubnet(address, prefixBits, family);
  }
  return list;
}

function contains(list: BlockList, remoteAddress: string): boolean {
  // A dual-stack socket shows IPv4 peers as IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2).
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  const family = familyOf(address);
  return family !== undefined && list.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}
