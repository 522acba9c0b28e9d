/** The shipped registry with the patience of a short run. */

import shipped from '../../../../adapters/social-affairs/adapter.ts';
import { quicken } from '../quicken.ts';

export default quicken(shipped);
