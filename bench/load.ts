/** The load generator's process: apart from the servers, so that it takes no time of theirs. */

import { answerParent } from './answer-parent.ts';
import { generateAtRate } from './generate-at-rate.ts';
import { generateBulk } from './generate-bulk.ts';
import { generateFlood } from './generate-flood.ts';
import { keepConnections } from './generate-kept.ts';
import { generateLoad } from './generate-load.ts';

const kept = keepConnections();

answerParent(
  {
    run: generateLoad,
    runAtRate: generateAtRate,
    flood: generateFlood,
    bulk: generateBulk,
    keep: kept.open,
    kept: kept.count,
    release: kept.close,
  },
  kept.close,
);
