/** The shipped registry with the patience of a short run. */

import shipped from '../../../../adapters/judicial/adapter.ts';
import { quicken } from '../quicken.ts';

export default quicken(shipped);
