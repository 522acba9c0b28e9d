/** Checks a receipt as `lienthong log verify-receipt` does. */

import { parseSaved } from '../../src/commands/log-checks.ts';
import type { VerifierKey } from '../../src/exchange-log/note/keys.ts';
import { type VerifiedReceipt, verifyReceipt as verify } from '../../src/exchange-log/receipt.ts';

export const verifyReceipt = (text: string, verifier: VerifierKey): VerifiedReceipt =>
  verify(text, { verifier, parseJson: parseSaved });
