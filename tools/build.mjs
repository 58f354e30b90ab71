// `npm run build`: everything that `npm start` needs, without starting it.
import { prepare } from './setup/prepare.mjs';
import { runMain } from './setup/progress.mjs';

await runMain(() => prepare());
