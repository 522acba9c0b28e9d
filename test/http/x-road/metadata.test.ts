/** Meta-services answer in exactly the shapes that existing X-Road clients read. */

import t from 'tap';
import {
  type ListedMember,
  openApiProblems,
  renderClientList,
  renderServiceList,
  requestedServiceCode,
} from '../../../src/http/x-road/metadata.ts';
import { refusal } from './refusals.ts';

const members: ListedMember[] = [
  {
    id: 'VN/GOV/G01',
    name: 'Bộ Công an',
    subsystems: [{ id: 'VN/GOV/G01/population', name: 'Dân cư & cư trú' }, { id: 'VN/GOV/G01/a%2Fb' }],
  },
  { id: 'VN/GOV/H26', name: 'Hà Nội', subsystems: [] },
];

t.test('listClients lists members and their subsystems as JSON', async (t) => {
  const { contentType, content } = renderClientList(members, 'application/json');
  t.equal(contentType, 'application/json; charset=utf-8');
  const G01 = { xroad_instance: 'VN', member_class: 'GOV', member_code: 'G01' };
  t.same(JSON.parse(content), {
    member: [
      { id: { object_type: 'MEMBER', ...G01 }, name: 'Bộ Công an' },
      {
        id: { object_type: 'SUBSYSTEM', ...G01, subsystem_code: 'population' },
        name: 'Bộ Công an',
        subsystem_name: 'Dân cư & cư trú',
      },
      { id: { object_type: 'SUBSYSTEM', ...G01, subsystem_code: 'a/b' }, name: 'Bộ Công an' },
      { id: { object_type: 'MEMBER', ...G01, member_code: 'H26' }, name: 'Hà Nội' },
    ],
  });
});

t.test('listClients is XML in the namespaces of X-Road unless asked otherwise', async (t) => {
  const { contentType, content } = renderClientList(members.slice(0, 1), undefined);
  t.equal(contentType, 'text/xml; charset=utf-8');
  const G01 =
    '<id:xRoadInstance>VN</id:xRoadInstance><id:memberClass>GOV</id:memberClass><id:memberCode>G01</id:memberCode>';
  t.equal(
    content,
    [
      '<?xml version="1.0" encoding="UTF-8"?>\n',
      '<xroad:clientList xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers">',
      `<xroad:member><xroad:id id:objectType="MEMBER">${G01}</xroad:id>`,
      '<xroad:name>Bộ Công an</xroad:name></xroad:member>',
      `<xroad:member><xroad:id id:objectType="SUBSYSTEM">${G01}<id:subsystemCode>population</id:subsystemCode></xroad:id>`,
      '<xroad:name>Bộ Công an</xroad:name><xroad:subsystemName>Dân cư &amp; cư trú</xroad:subsystemName></xroad:member>',
      `<xroad:member><xroad:id id:objectType="SUBSYSTEM">${G01}<id:subsystemCode>a/b</id:subsystemCode></xroad:id>`,
      '<xroad:name>Bộ Công an</xroad:name></xroad:member>',
      '</xroad:clientList>\n',
    ].join(''),
  );
});

t.test('Accept chooses the form of listClients', async (t) => {
  const forms: [accept: string | undefined, form: 'json' | 'xml'][] = [
    [undefined, 'xml'],
    ['*/*', 'xml'],
    ['text/xml, */*', 'xml'],
    ['x-this/that;q=1.0;param=value', 'xml'],
    ['application/json;q=0', 'xml'],
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['text/xml;q=1.0, application/json;q=0.9 , text/*', 'json'],
  ];
  for (const [accept, form] of forms) {
    t.match(renderClientList(members, accept).contentType, `/${form};`, String(accept));
  }
});

t.test('no members at all are an empty list', async (t) => {
  t.same(JSON.parse(renderClientList([], 'application/json').content), { member: [] });
  t.match(renderClientList([], undefined).content, /<xroad:clientList [^>]+><\/xroad:clientList>/);
});

t.test('listMethods names every service with its endpoints', async (t) => {
  const content = renderServiceList([
    { id: 'VN/GOV/G01/population/get-person', endpoints: [{ method: 'POST', path: '/v1' }] },
    { id: 'VN/GOV/G01/population/a%2Fb', endpoints: [] },
  ]);
  const common = {
    object_type: 'SERVICE',
    xroad_instance: 'VN',
    member_class: 'GOV',
    member_code: 'G01',
    subsystem_code: 'population',
    service_type: 'OPENAPI',
  };
  t.same(JSON.parse(content), {
    service: [
      { ...common, service_code: 'get-person', endpoint_list: [{ method: 'POST', path: '/v1' }] },
      { ...common, service_code: 'a/b', endpoint_list: [] },
    ],
  });
  t.same(JSON.parse(renderServiceList([])), { service: [] });
});

t.test('getOpenAPI reads the service code from its query', async (t) => {
  t.equal(requestedServiceCode('serviceCode=get-person'), 'get-person');
  t.equal(requestedServiceCode('a=b&servicecode=a%2Fb'), 'a/b');
  for (const query of ['', 'serviceCode', 'serviceCode=', 'service=x']) {
    const { code, detail } = refusal(() => requestedServiceCode(query));
    t.same([code, detail], ['request-malformed', 'Missing serviceCode in message body'], query);
  }
  t.equal(refusal(() => requestedServiceCode('serviceCode=a&serviceCode=b')).code, 'request-malformed');
});

t.test('getOpenAPI refuses with the texts that clients match on', async (t) => {
  const texts = {
    'Missing serviceCode in message body': openApiProblems.serviceCodeMissing(),
    'Service not found: SERVICE:VN/GOV/G01/a/b/x': openApiProblems.serviceNotFound('VN/GOV/G01/a%2Fb/x'),
    'Invalid service type: REST': openApiProblems.serviceNotDescribed(),
  };
  for (const [text, problem] of Object.entries(texts)) t.equal(problem.detail, text);
});
