/** The load generator's process: apart from the servers, so that it takes no time of theirs. */

import { answerParent } from './answer-parent.ts';
import { generateAtRate } from './generate-at-rate.ts';
import { generateLoad } from './generate-load.ts';

answerParent({ run: generateLoad, runAtRate: generateAtRate });
