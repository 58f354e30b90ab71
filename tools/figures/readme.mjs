// The table of figures in README.md, made from the committed results and from nothing else.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../setup/repository.mjs';
import { figures, makeTable } from './table.mjs';

export const readmeFile = path.join(repositoryRoot, 'README.md');
const begin = '<!-- figures: made by `node tools/figures.mjs` from benchmarks/results -->';
const end = '<!-- end of figures -->';

export const readmeNow = () => readFileSync(readmeFile, 'utf8');

/** @param {string} readme @returns {string} the same with the present table between the two marks */
export function withFigures(readme) {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md: expected "${begin}" and then "${end}"`);
  return `${readme.slice(0, from + begin.length)}\n${makeTable(committedResults())}\n${readme.slice(to)}`;
}

function committedResults() {
  const scenarios = [...new Set(figures.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const file = path.join(repositoryRoot, 'benchmarks', 'results', `${scenario.replace('/', '-')}.json`);
    return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8'))] : [];
  });
}
