/** Says which addresses a webhook may be sent to: public ones, and those private ones that the operator names. */

import { BlockList, isIPv4, isIPv6 } from 'node:net';

export interface Addresses {
  /** `secure`: the connection is a TLS one. */
  allows(address: string, secure: boolean): boolean;
}

/** IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast (RFC 5771) and the reserved rest (RFC 1112). */
const specialIpv4 = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24',
  '192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4',
  '240.0.0.0/4',
].flatMap((line) => line.split(' '));
/** Within global unicast, 2000::/3 (RFC 4291): IETF's own with Teredo, documentation, 6to4, AS112, SRv6. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

/** Throws Error where one of the addresses is neither an address nor a prefix. */
export function createAddresses(allowPrivateAddresses: readonly string[]): Addresses {
  const named = listOf(allowPrivateAddresses);
  const special = listOf([...specialIpv4, ...specialIpv6]);
  const globalUnicast = listOf(['2000::/3']);
  // Everything else of IPv6 is not public: loopback, link-local, unique local, mapped and translated IPv4.
  const isPublic = (address: string) =>
    isIPv4(address)
      ? !special.check(address, 'ipv4')
      : globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');

  return {
    allows(address, secure) {
      // An IPv6 scope names an interface of this machine (RFC 4007).
      if (!isIPv4(address) && !(isIPv6(address) && !address.includes('%'))) return false;
      if (named.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) return true;
      return secure && isPublic(address);
    },
  };
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const bitsMax = isIPv4(address) ? 32 : 128;
    const prefixBits = bits === undefined ? bitsMax : Number(bits);
    if ((!isIPv4(address) && !isIPv6(address)) || prefixBits > bitsMax) {
      throw new Error(`${entry} is not an IP address or prefix`);
    }
    list.addSubnet(address, prefixBits, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}
