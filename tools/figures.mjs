// `node tools/figures.mjs`: writes the table of figures in README.md anew from benchmarks/results. A test fails while
// they differ.
import { writeFileSync } from 'node:fs';
import { readmeFile, readmeNow, withFigures } from './figures/readme.mjs';

writeFileSync(readmeFile, withFigures(readmeNow()));
