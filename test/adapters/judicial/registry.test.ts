/** The suite of all adapters, on the judicial registry that the embedded default stands up. */

import t from 'tap';
import adapter from '../../../adapters/judicial/adapter.ts';
import { castPins } from '../../../adapters/sample-people/index.ts';
import { type AdapterCase, adapterContract } from '../../contracts/adapter.ts';
import { startSampleRegistry } from './sample-registry.ts';

const nobody = '099199999999';
const cases: readonly AdapterCase[] = [
  {
    service: 'get-marital-status.v1',
    title: 'a child on a day',
    message: { pin: castPins.mai, at: '2026-01-01' },
    found: true,
    answer: { found: true, maritalStatus: { status: 'single', at: '2026-01-01' } },
  },
  { service: 'get-marital-status.v1', title: 'a wife today', message: { pin: castPins.hoa }, found: true },
  {
    service: 'get-marital-status.v1',
    title: 'before the birth',
    message: { pin: castPins.mai, at: '2016-07-31' },
    found: false,
  },
  { service: 'get-marital-status.v1', title: 'nobody', message: { pin: nobody }, found: false },
  ...(['birth', 'marriage', 'death'] as const).flatMap((record) => [
    {
      service: 'get-civil-status-record.v1',
      title: `${record}: in the books`,
      message: { pin: { birth: castPins.minh, marriage: castPins.duc, death: castPins.sau }[record], record },
      found: true,
    },
    {
      service: 'get-civil-status-record.v1',
      title: `${record}: not in the books`,
      message: { pin: { birth: castPins.sau, marriage: castPins.minh, death: castPins.duc }[record], record },
      found: false,
    },
  ]),
  {
    service: 'get-criminal-record-status.v1',
    title: 'a cleared conviction',
    message: { pin: castPins.sau, form: '2' },
    found: true,
  },
  {
    service: 'get-criminal-record-status.v1',
    title: 'a child',
    message: { pin: castPins.mai, form: '1' },
    found: false,
  },
];

const { settings } = await startSampleRegistry(t);
await adapterContract(t, { definition: adapter, settings, cases });
