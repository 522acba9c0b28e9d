/** Every failure this gateway can answer with: one closed table, whole however long, so that no status, X-Road type or advice stands anywhere else. */

/** X-Road fault families (PR-REST 4.6): `ClientProxy` before the provider is reached, `ServerProxy` after. */
type XRoadType = `Server.${'ClientProxy' | 'ServerProxy'}.${string}` | `Client.${string}`;

export interface ProblemKind {
  /** HTTP status of the reply. */
  readonly status: number;
  /** Value of `X-Road-Error` and of `type` in X-Road's own error form. */
  readonly xRoadType: XRoadType;
  /** RFC 9457 section 3.1.3: the same for every occurrence. */
  readonly title: string;
  /** How the reader of the error can mend it. */
  readonly mend: string;
}

const kind = (status: number, xRoadType: XRoadType, title: string, mend: string): ProblemKind => ({
  status,
  xRoadType,
  title,
  mend,
});

/** One row a failure; the key is the problem's code, its page is `/problems/{code}`. */
export const problemKinds = {
  'request-malformed': kind(
    400,
    'Client.BadRequest',
    'The request is not well-formed',
    'Mend what the detail names; request line, headers and framing must follow RFC 9112.',
  ),
  'line-malformed': kind(
    400,
    'Client.BadRequest',
    'A line of a bulk request is no message',
    'Each line is one JSON object: wrap a message as {"message": …}, and say id, issue, official or corrects beside it.',
  ),
  'lines-refused': kind(
    400,
    'Client.BadRequest',
    'Too many lines in a row were refused',
    'Mend what the problems of the lines name, then go on with the line that "next" names.',
  ),
  'header-missing': kind(
    400,
    'Client.MissingHeader',
    'A required header is missing',
    'Send the header that the detail names.',
  ),
  'header-invalid': kind(
    400,
    'Client.BadRequest',
    'A header has an unusable value',
    'Send the header once, in the form that the detail describes.',
  ),
  'client-identifier-invalid': kind(
    400,
    'Client.InvalidClientIdentifier',
    'X-Road-Client is not an X-Road identifier',
    'Send instance/memberClass/memberCode[/subsystem], each segment percent-encoded.',
  ),
  'service-identifier-invalid': kind(
    400,
    'Client.BadRequest',
    'The path is not an X-Road service identifier',
    'Call /r1/{instance}/{memberClass}/{memberCode}/{subsystem}/{service}/v1.',
  ),
  'content-type-unsupported': kind(
    415,
    'Client.BadRequest',
    'The content type is not supported',
    'Send the message as application/json in UTF-8 without content coding.',
  ),
  'request-timeout': kind(
    408,
    'Client.BadRequest',
    'The request did not arrive whole in the time allowed',
    'Send the whole request at once; the gateway waits for the time in http.requestTimeoutMs.',
  ),
  'content-too-large': kind(
    413,
    'Client.BadRequest',
    'The message is too large',
    'Send a message below the size that the detail names, in bytes.',
  ),
  'json-malformed': kind(
    400,
    'Client.BadRequest',
    'The message is not well-formed JSON',
    'Send one JSON value in UTF-8: no byte order mark, no duplicate member names, no lone surrogates, no U+0000.',
  ),
  'message-invalid': kind(
    422,
    'Client.BadRequest',
    'The message does not match the schema of the service',
    'Mend the members that "errors" lists, each with its JSON pointer and rule; the schema is in /openapi.json.',
  ),
  'authentication-required': kind(
    401,
    'Server.ClientProxy.AccessDenied',
    'The caller is not authenticated',
    'Send Authorization: Bearer with a token for this gateway: for exchanges and receipts one of your subsystem, else one of role auditor, citizen or operator.',
  ),
  'token-invalid': kind(
    401,
    'Server.ClientProxy.AccessDenied',
    'The bearer token is not accepted',
    'Ask for a new token: the detail says whether its form, its key, signature, audience, lifetime, role or subject was refused.',
  ),
  'client-not-owned': kind(
    403,
    'Server.ClientProxy.AccessDenied',
    'The caller may not act as this X-Road client',
    'Send the X-Road-Client that the token was issued for, or a subsystem of that member.',
  ),
  'member-unknown': kind(
    403,
    'Server.ClientProxy.UnknownMember',
    'The calling member or subsystem is not registered',
    'Check X-Road-Client against /listClients; ask the operator to register the subsystem.',
  ),
  'address-not-allowed': kind(
    403,
    'Server.ClientProxy.AccessDenied',
    'The subsystem may not connect from this address',
    'Call from an address that the operator has bound to the subsystem, or send a bearer token.',
  ),
  'role-not-allowed': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The token is not for this',
    'Send a token with the role, scope, member or person that the detail calls for.',
  ),
  'service-unknown': kind(
    404,
    'Server.ServerProxy.UnknownService',
    'There is no such service',
    'Check the identifier, and the version behind it (/v1), against /listClients, listMethods and /openapi.json.',
  ),
  'method-not-allowed': kind(
    405,
    'Server.ServerProxy.AccessDenied',
    'The service has no endpoint for this HTTP method',
    'Use a method that the Allow header names.',
  ),
  'official-required': kind(
    400,
    'Client.MissingHeader',
    'The service must know the official who asks',
    'Send X-Road-UserId with the identifier of the official.',
  ),
  'agreement-missing': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'No agreement lets this consumer call this service',
    'Conclude an agreement with the owner of the service.',
  ),
  'agreement-not-in-force': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The agreement is not in force today',
    'Check the dates of the agreement with the owner of the service.',
  ),
  'purpose-required': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The purpose of the exchange must be named',
    'Send Exchange-Purpose with one of the purposes of your agreement; the detail lists them.',
  ),
  'purpose-not-granted': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The agreement does not grant this purpose',
    'Send Exchange-Purpose with one of the purposes of your agreement; the detail lists them.',
  ),
  'field-not-granted': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The agreement does not grant a field that was asked for',
    'Ask only for fields that the agreement grants; the detail names the others.',
  ),
  'safety-level-too-low': kind(
    403,
    'Server.ServerProxy.AccessDenied',
    'The safety level of the calling system is too low for this data',
    'Raise the safety level of the subsystem and have the decision registered (Decree 85/2016).',
  ),
  'quota-exceeded': kind(
    429,
    'Server.ServerProxy.AccessDenied',
    'The quota is used up',
    'Wait for the seconds in Retry-After; RateLimit-Policy or the detail states the quota.',
  ),
  'too-many-bulks': kind(
    429,
    'Server.ServerProxy.AccessDenied',
    'Too many bulk requests are under way',
    'Wait until one of yours has ended, or for the seconds in Retry-After.',
  ),
  'gateway-stopping': kind(
    503,
    'Server.ServerProxy.ServiceDisabled',
    'The gateway stops before the last line of the bulk request',
    'Send the lines again from the one that "next" names, under the same ids, to another gateway or to this one when it is back.',
  ),
  'message-id-reused': kind(
    409,
    'Client.BadRequest',
    'Another message was accepted under this message id',
    'Send each message under an id of its own; the same id again must come with the same bytes.',
  ),
  'state-conflict': kind(
    409,
    'Client.BadRequest',
    'The push is not in a state for this',
    'Read its state at /v1/exchanges/{id}: the detail says what would be needed.',
  ),
  'delivery-unavailable': kind(
    503,
    'Server.ServerProxy.ServiceFailed',
    'Pushes cannot be accepted now',
    'Send the same message under the same X-Road-Id after the seconds in Retry-After; it takes effect once.',
  ),
  'events-expired': kind(
    410,
    'Client.BadRequest',
    'What follows the cursor is not there any more',
    'Read on with oldestCursor as after; leave out what you have had, by id, and ask the registry for what lies between.',
  ),
  'events-busy': kind(
    503,
    'Server.ServerProxy.ServiceFailed',
    'Too many requests wait for events',
    'Wait with one request at a time, and try again after Retry-After seconds.',
  ),
  'events-unavailable': kind(
    503,
    'Server.ServerProxy.ServiceFailed',
    'Events cannot be read now',
    'Read on from the same cursor after Retry-After seconds; nothing is lost meanwhile.',
  ),
  'registry-unavailable': kind(
    503,
    'Server.ServerProxy.NetworkError',
    'The registry does not answer',
    'Try again after the seconds in Retry-After; the request itself is in order.',
  ),
  'registry-timeout': kind(
    504,
    'Server.ServerProxy.NetworkError',
    'The registry did not answer in time',
    'Try again later; the request itself is in order.',
  ),
  'registry-answer-invalid': kind(
    502,
    'Server.ServerProxy.InconsistentResponse',
    'The registry gave an answer that cannot be used',
    'Report the exchange id to the owner of the service; nothing was disclosed.',
  ),
  'registry-failed': kind(
    502,
    'Server.ServerProxy.ServiceFailed',
    'The registry failed to process the request',
    'Report the exchange id to the owner of the service.',
  ),
  'refused-in-part': kind(
    409,
    'Client.BadRequest',
    'A registry refuses what another one has done already',
    'Ask the operator of the gateway: once that registry is put right, the dead letter is redelivered to its end.',
  ),
  'circuit-open': kind(
    503,
    'Server.ServerProxy.ServiceDisabled',
    'The service is paused because its registry keeps failing',
    'Try again after the seconds in Retry-After.',
  ),
  'registry-busy': kind(
    503,
    'Server.ServerProxy.ServiceDisabled',
    'The registry is already working on as many requests as it takes',
    'Try again after the seconds in Retry-After.',
  ),
  overloaded: kind(
    503,
    'Server.ClientProxy.ServiceDisabled',
    'The gateway has more to do than it can',
    'Try again after the seconds in Retry-After; nothing of the request was read.',
  ),
  'client-disconnected': kind(
    499,
    'Client.BadRequest',
    'The caller closed the connection before the exchange ended',
    'Keep the connection open until the answer arrives.',
  ),
  'log-unavailable': kind(
    503,
    'Server.ServerProxy.LoggingFailed',
    'The exchange could not be recorded, so its answer is withheld',
    'Try again on another gateway; the operator must mend the exchange log.',
  ),
  'checkpoint-pending': kind(
    503,
    'Server.ServerProxy.LoggingFailed',
    'No checkpoint of the log covers the exchange yet',
    'Try again after the seconds in Retry-After; the exchange itself is recorded.',
  ),
  'witnesses-missing': kind(
    503,
    'Server.ServerProxy.LoggingFailed',
    'Too few witnesses vouch for the log, so the answer is withheld',
    'Try again after the seconds in Retry-After; exchanges go on by themselves when the witnesses are back.',
  ),
  'evidence-erased': kind(
    410,
    'Client.BadRequest',
    'The evidence of the exchange can no longer be read',
    'Nobody can bring it back; the entry and its proofs hold all the same.',
  ),
  'parameter-invalid': kind(
    400,
    'Client.BadRequest',
    'A parameter of the address cannot be used',
    'Mend the parameters that "errors" lists, each with its name and rule; all parameters are in /openapi.json.',
  ),
  'index-unavailable': kind(
    503,
    'Server.ServerProxy.NetworkError',
    'The index of the exchange log does not answer',
    'Try again after the seconds in Retry-After; exchanges and the log itself go on meanwhile.',
  ),
  'result-too-large': kind(
    422,
    'Client.BadRequest',
    'The result has too many rows',
    'Narrow the time or add conditions until the result has no more rows than the detail names.',
  ),
  'not-found': kind(
    404,
    'Client.BadRequest',
    'There is nothing at this address',
    'Check the address against /openapi.json, and an id in it against the reply or entry that it came from.',
  ),
  'internal-error': kind(
    500,
    'Server.ServerProxy.ServiceFailed',
    'The gateway failed unexpectedly',
    'Report the exchange id to the operator.',
  ),
} as const satisfies Record<string, ProblemKind>;
