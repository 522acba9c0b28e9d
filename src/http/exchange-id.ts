/** The form of an exchange's id, so that nothing else is looked for, or written down. */

/** UUIDv7 (RFC 9562 section 5.7), as the gateway writes it. */
export const exchangeIdForm = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
