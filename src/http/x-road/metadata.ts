/** Renders the X-Road meta-services in the forms that existing X-Road clients parse (PR-META, PR-MREST). */

import type { XRoadId } from '../../exchange/types.ts';
import { Problem } from '../../problems.ts';
import { acceptedMediaTypes } from './accept.ts';
import { identifierSegments } from './identifier.ts';
import { escapeXml } from './xml.ts';

export interface ListedMember {
  /** `instance/memberClass/memberCode`. */
  readonly id: XRoadId;
  readonly name: string;
  readonly subsystems: readonly ListedSubsystem[];
}

export interface ListedSubsystem {
  readonly id: XRoadId;
  readonly name?: string | undefined;
}

export interface ListedService {
  readonly id: XRoadId;
  readonly endpoints: readonly ListedEndpoint[];
}

export interface ListedEndpoint {
  /** HTTP method in capitals. */
  readonly method: string;
  /** Path behind the service identifier: `/v1`. */
  readonly path: string;
}

export interface ClientList {
  readonly contentType: string;
  readonly content: string;
}

/** Answer of listClients: JSON where Accept names it at all, XML otherwise (PR-META section 2). */
export function renderClientList(members: readonly ListedMember[], accept: string | undefined): ClientList {
  const clients = members.flatMap(clientsOf);
  return acceptedMediaTypes(accept).includes('application/json')
    ? { contentType: 'application/json; charset=utf-8', content: clientListJson(clients) }
    : { contentType: 'text/xml; charset=utf-8', content: clientListXml(clients) };
}

/** Answer of listMethods and allowedMethods, JSON always (PR-MREST section 4); meta-services are not to be listed. */
export function renderServiceList(services: readonly ListedService[]): string {
  return JSON.stringify({
    service: services.map(({ id, endpoints }) => ({
      object_type: 'SERVICE',
      ...memberCodes(id),
      service_code: identifierSegments(id)[4],
      service_type: 'OPENAPI',
      endpoint_list: endpoints.map(({ method, path }) => ({ method, path })),
    })),
  });
}

/** Refusals of getOpenAPI; clients match on the exact text of these details. */
export const openApiProblems = {
  serviceCodeMissing: (): Problem => new Problem('request-malformed', 'Missing serviceCode in message body'),
  serviceNotFound: (id: XRoadId): Problem =>
    new Problem('service-unknown', `Service not found: SERVICE:${identifierSegments(id).join('/')}`),
  /** For a service that has no OpenAPI document: the meta-services themselves. */
  serviceNotDescribed: (): Problem => new Problem('service-unknown', 'Invalid service type: REST'),
} as const;

/** Value of `serviceCode` (in any case) in the query of getOpenAPI, decoded; throws where it is missing, empty or ambiguous. */
export function requestedServiceCode(query: string): string {
  const codes = [...new URLSearchParams(query)].filter(([name]) => name.toLowerCase() === 'servicecode');
  const code = codes[0]?.[1];
  if (code === undefined || code === '') throw openApiProblems.serviceCodeMissing();
  if (codes.length > 1) throw new Problem('request-malformed', 'serviceCode is given more than once.');
  return code;
}

/** One row of listClients. */
interface ListedClient {
  readonly id: XRoadId;
  readonly memberName: string;
  /** Absent for the member itself. */
  readonly subsystem: ListedSubsystem | undefined;
}

function clientsOf(member: ListedMember): ListedClient[] {
  return [
    { id: member.id, memberName: member.name, subsystem: undefined },
    ...member.subsystems.map((subsystem) => ({ id: subsystem.id, memberName: member.name, subsystem })),
  ];
}

const objectType = (client: ListedClient) => (client.subsystem === undefined ? 'MEMBER' : 'SUBSYSTEM');

function memberCodes(id: XRoadId) {
  const [xroad_instance, member_class, member_code, subsystem_code] = identifierSegments(id);
  return { xroad_instance, member_class, member_code, subsystem_code };
}

function clientListJson(clients: readonly ListedClient[]): string {
  return JSON.stringify({
    member: clients.map((client) => ({
      id: { object_type: objectType(client), ...memberCodes(client.id) },
      name: client.memberName,
      subsystem_name: client.subsystem?.name,
    })),
  });
}

const NAMESPACES = 'xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers"';
const IDENTIFIER_ELEMENTS = ['xRoadInstance', 'memberClass', 'memberCode', 'subsystemCode'];

function clientListXml(clients: readonly ListedClient[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<xroad:clientList ${NAMESPACES}>${clients.map(clientXml).join('')}</xroad:clientList>\n`;
}

function clientXml(client: ListedClient): string {
  const codes = identifierSegments(client.id).map((code, index) => element(`id:${IDENTIFIER_ELEMENTS[index]}`, code));
  const subsystemName = client.subsystem?.name;
  return (
    `<xroad:member><xroad:id id:objectType="${objectType(client)}">${codes.join('')}</xroad:id>` +
    element('xroad:name', client.memberName) +
    (subsystemName === undefined ? '' : element('xroad:subsystemName', subsystemName)) +
    '</xroad:member>'
  );
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}
