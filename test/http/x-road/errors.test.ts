/** An error reaches the caller in the form that its Accept names first, whole and well-formed. */

import t from 'tap';
import { negotiateErrorForm, renderError, renderProblemJson, renderXmlError } from '../../../src/http/x-road/errors.ts';
import { problemKinds } from '../../../src/problem-kinds.ts';
import { Problem, type ProblemCode } from '../../../src/problems.ts';

const EXCHANGE_ID = '0197c1a2-7f00-7000-8000-000000000001';
const JSON_FORM = 'application/problem+json';

t.test('Accept decides the form', async (t) => {
  const forms: [accept: string | undefined, form: string][] = [
    [undefined, JSON_FORM],
    ['', JSON_FORM],
    ['application/json', JSON_FORM],
    ['application/json;charset=utf-8', JSON_FORM],
    ['application/problem+json', JSON_FORM],
    ['*/*', JSON_FORM],
    ['foobarbaz', JSON_FORM],
    ['text/html, image/png', JSON_FORM],
    ['text/xml-patch+xml', JSON_FORM],
    ['toString', JSON_FORM],
    [',,;', JSON_FORM],
    ['application/xml', 'application/xml'],
    ['text/xml', 'text/xml'],
    ['text/*', 'text/xml'],
    ['TEXT/XML', 'text/xml'],
    ['application/xml; q=0.2', 'application/xml'],
    ['application/xml, text/xml', 'application/xml'],
    ['text/xml, application/xml', 'text/xml'],
    ['text/xml, application/xml, application/json', 'text/xml'],
    ['image/png, text/xml', 'text/xml'],
    ['application/json, text/xml', JSON_FORM],
    ['*/*, text/xml', JSON_FORM],
    ['application/xml;q=0', JSON_FORM],
    ['application/xml;q=0.000, text/xml', 'text/xml'],
  ];
  for (const [accept, form] of forms) t.equal(negotiateErrorForm(accept), form, String(accept));
});

t.test('a problem has the members of RFC 9457 and those of X-Road beside them', async (t) => {
  const problem = new Problem('message-invalid', 'One rule is violated.', {
    errors: [{ pointer: '/pin', rule: 'format:pin', message: 'must be 12 digits' }],
    retryAfterSeconds: 7,
    cause: new Error('secret'),
  });
  t.same(JSON.parse(renderProblemJson(problem, EXCHANGE_ID)), {
    type: '/problems/message-invalid',
    title: 'The message does not match the schema of the service',
    status: 422,
    detail: 'One rule is violated.',
    instance: 'urn:uuid:0197c1a2-7f00-7000-8000-000000000001',
    code: 'message-invalid',
    message: 'One rule is violated.',
    mend: problem.kind.mend,
    errors: [{ pointer: '/pin', rule: 'format:pin', message: 'must be 12 digits' }],
  });
});

t.test('a problem without violations has no member for them', async (t) => {
  t.notMatch(renderProblemJson(new Problem('not-found', 'x'), EXCHANGE_ID), /"errors"/);
});

t.test('every problem there is can be rendered in both forms', async (t) => {
  for (const code of Object.keys(problemKinds) as ProblemCode[]) {
    const problem = new Problem(code, 'd');
    t.equal(JSON.parse(renderProblemJson(problem, EXCHANGE_ID)).status, problemKinds[code].status, code);
    t.ok(renderXmlError(problem, EXCHANGE_ID).includes(`<type>${problemKinds[code].xRoadType}</type>`), code);
  }
});

t.test('XML is type, message and detail, the detail being the exchange id', async (t) => {
  t.equal(
    renderXmlError(new Problem('service-unknown', 'Không có'), EXCHANGE_ID),
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<error><type>Server.ServerProxy.UnknownService</type><message>Không có</message>' +
      '<detail>0197c1a2-7f00-7000-8000-000000000001</detail></error>\n',
  );
});

t.test('no text can become markup or make the document ill-formed', async (t) => {
  const messages: [text: string, xml: string][] = [
    ['</message><x a="b">&amp;', '&lt;/message&gt;&lt;x a=&quot;b&quot;&gt;&amp;amp;'],
    ["]]>'", ']]&gt;&apos;'],
    ['a\0b\u0008c\u001fd', 'a\ufffdb\ufffdc\ufffdd'],
    ['a\ufffeb\ud800c', 'a\ufffdb\ufffdc'],
    ['a\r\n\tb', 'a&#13;\n\tb'],
    ['🏛', '🏛'],
  ];
  for (const [text, xml] of messages) {
    const document = renderXmlError(new Problem('not-found', text), EXCHANGE_ID);
    t.equal(/<message>(.*)<\/message>/s.exec(document)?.[1], xml, JSON.stringify(text));
  }
});

t.test('the content type names the form and its encoding', async (t) => {
  const problem = new Problem('not-found', 'x');
  for (const accept of ['application/xml', 'text/xml']) {
    const { contentType, content } = renderError(problem, EXCHANGE_ID, accept);
    t.equal(contentType, `${accept}; charset=utf-8`);
    t.equal(content, renderXmlError(problem, EXCHANGE_ID));
  }
  const json = { contentType: `${JSON_FORM}; charset=utf-8`, content: renderProblemJson(problem, EXCHANGE_ID) };
  t.same(renderError(problem, EXCHANGE_ID, undefined), json);
});
