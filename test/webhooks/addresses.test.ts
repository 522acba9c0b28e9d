/** Which addresses a webhook may go to: nothing that is not public, however it is written, unless the operator names it. */

import t from 'tap';
import { createAddresses } from '../../src/webhooks/addresses.ts';

t.test('addresses that are not public are refused, in every form', async (t) => {
  const addresses = createAddresses([]);
  const refused = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.0.0.8', '192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1'],
    ...['fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1'],
    ...['localhost', '', '127.1', '0x7f.1', '2130706433'],
  ];
  for (const address of refused) t.notOk(addresses.allows(address, true), address);
});

t.test('public ones are allowed over TLS only', async (t) => {
  const addresses = createAddresses([]);
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2a00:1450:4001:81b::200e', '2606:4700::1111']) {
    t.ok(addresses.allows(address, true), address);
    t.notOk(addresses.allows(address, false), `${address} without TLS`);
  }
});

t.test('what the operator names is allowed, and its neighbours are not', async (t) => {
  const addresses = createAddresses(['10.20.0.0/16', '127.0.0.1', 'fd00:1::/32']);
  for (const secure of [true, false]) {
    for (const address of ['10.20.3.4', '127.0.0.1', 'fd00:1::5']) t.ok(addresses.allows(address, secure), address);
    for (const address of ['10.21.0.1', '127.0.0.2', 'fd00:2::5', '169.254.169.254']) {
      t.notOk(addresses.allows(address, secure), address);
    }
  }
  for (const wrong of ['example.org', '10.0.0.0/33', '10.0.0', '::1/129']) {
    t.throws(() => createAddresses([wrong]), /not an IP address or prefix/, wrong);
  }
});
