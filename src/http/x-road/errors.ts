/** Renders a problem in the form that the caller's Accept asks for: RFC 9457, or X-Road's own XML. */

import type { Problem } from '../../problems.ts';
import { acceptedMediaTypes } from './accept.ts';
import { escapeXml } from './xml.ts';

/** Media type of an error reply. */
export type ErrorForm = 'application/problem+json' | 'application/xml' | 'text/xml';

export interface ErrorContent {
  readonly contentType: string;
  readonly content: string;
}

/**
 * The whole choice for a reply; `X-Road-Error` is the problem's `kind.xRoadType`. `exchangeId` is a UUID, undefined for
 * what was turned away before it had one.
 */
export function renderError(
  problem: Problem,
  exchangeId: string | undefined,
  accept: string | undefined,
): ErrorContent {
  const form = negotiateErrorForm(accept);
  const render = form === 'application/problem+json' ? renderProblemJson : renderXmlError;
  return { contentType: `${form}; charset=utf-8`, content: render(problem, exchangeId) };
}

/** The first understood media type decides, whatever its weight (PR-REST section 4.6); JSON where there is none. */
export function negotiateErrorForm(accept: string | undefined): ErrorForm {
  for (const mediaType of acceptedMediaTypes(accept)) {
    const form = UNDERSTOOD.get(mediaType);
    if (form !== undefined) return form;
  }
  return 'application/problem+json';
}

/** RFC 9457 section 3.1, with X-Road's `message` beside it; `type` is the path of the problem's page on this gateway. */
export function renderProblemJson(problem: Problem, exchangeId: string | undefined): string {
  return JSON.stringify({
    type: `/problems/${problem.code}`,
    title: problem.kind.title,
    status: problem.kind.status,
    detail: problem.detail,
    instance: exchangeId && `urn:uuid:${exchangeId}`,
    code: problem.code,
    message: problem.detail,
    mend: problem.kind.mend,
    errors: problem.errors,
    oldestCursor: problem.oldestCursor,
    redelivered: problem.redelivered,
  });
}

/** X-Road's XML form; as in the reference implementation `detail` is the id under which the operator finds the case. */
export function renderXmlError(problem: Problem, exchangeId = ''): string {
  const { xRoadType } = problem.kind;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<error><type>${escapeXml(xRoadType)}</type><message>${escapeXml(problem.detail)}</message>` +
    `<detail>${escapeXml(exchangeId)}</detail></error>\n`
  );
}

const UNDERSTOOD: ReadonlyMap<string, ErrorForm> = new Map([
  ['application/json', 'application/problem+json'],
  ['application/problem+json', 'application/problem+json'],
  ['application/*', 'application/problem+json'],
  ['*/*', 'application/problem+json'],
  ['application/xml', 'application/xml'],
  ['text/xml', 'text/xml'],
  ['text/*', 'text/xml'],
]);
