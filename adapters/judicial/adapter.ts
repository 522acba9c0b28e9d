/** The judicial registry of the Ministry of Justice, a REST API behind mutual TLS, as services of the gateway. */

import {
  type Call,
  defineAdapter,
  type HttpSourceSettings,
  httpSource,
  httpSourceSettingsSchema,
  type Manifest,
} from '../../src/adapter-kit/index.ts';
import { ask, checkHealth } from './ask.ts';
import { extractCodes, extractReaders } from './civil-status-record.ts';
import { criminalRecord } from './criminal-record.ts';
import { registryDate } from './dates.ts';
import { judicialDeliveries } from './deliveries.ts';
import manifest from './manifest.json' with { type: 'json' };
import { maritalStatus } from './marital-status.ts';
import { embedded } from './sample-registry.ts';
import type { Wire } from './wire.ts';

interface MaritalStatusQuestion {
  readonly pin: string;
  readonly at?: string;
}

interface CivilStatusRecordQuestion {
  readonly pin: string;
  readonly record: 'birth' | 'marriage' | 'death';
}

interface CriminalRecordQuestion {
  readonly pin: string;
  readonly form: '1' | '2';
}

export default defineAdapter<HttpSourceSettings>({
  manifest: manifest as Manifest,
  settingsSchema: httpSourceSettingsSchema,
  callsMax: ({ connectionsMax }) => connectionsMax,
  embedded,

  async open(settings) {
    const source = httpSource(settings);
    const answer = async (
      call: Call,
      path: string,
      question: Wire,
      record: (wire: Wire) => Record<string, unknown>,
    ) => {
      const wire = await ask(source, path, question, call.signal);
      return wire === undefined ? { found: false } : { found: true, ...record(wire) };
    };

    return {
      services: {
        'get-marital-status.v1': ({ pin, at }: MaritalStatusQuestion, call) => {
          const question = { so_dinh_danh: pin, ...(at === undefined ? {} : { tai_ngay: registryDate(at) }) };
          return answer(call, '/ho-tich/tinh-trang-hon-nhan', question, (wire) => ({
            maritalStatus: maritalStatus(wire),
          }));
        },
        'get-civil-status-record.v1': ({ pin, record }: CivilStatusRecordQuestion, call) => {
          const question = { so_dinh_danh: pin, loai: extractCodes[record] };
          return answer(call, '/ho-tich/trich-luc', question, (wire) => ({ extract: extractReaders[record](wire) }));
        },
        'get-criminal-record-status.v1': ({ pin, form }: CriminalRecordQuestion, call) => {
          const question = { so_dinh_danh: pin, loai_phieu: Number(form) };
          return answer(call, '/ly-lich-tu-phap/tinh-trang', question, (wire) => ({
            criminalRecord: criminalRecord(wire),
          }));
        },
      },
      deliveries: judicialDeliveries(source),
      check: (signal) => checkHealth(source, signal),
      close: () => source.close(),
    };
  },
});
