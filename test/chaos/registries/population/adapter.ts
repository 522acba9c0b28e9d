/** The shipped registry with the patience of a short run. */

import shipped from '../../../../adapters/population/adapter.ts';
import { quicken } from '../quicken.ts';

export default quicken(shipped);
