// Style that matters, as a check: file and function sizes, folder names that say nothing, headers that compile alone
// are checked by the compiler, words that must not stand in the project.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../setup/repository.mjs';
import { trackedFiles } from './tracked-files.mjs';

const longestFileLines = 400;
const longestTestFileLines = 700;
const longestFunctionLines = 80;
const bannedFolders = new Set(['utils', 'util', 'common', 'shared', 'helpers', 'helper', 'misc', 'core', 'base']);
const sources = /^(apps|libs|native|tools|test|benchmarks|contracts)\/.*\.(ts|tsx|mjs|cjs|cc|h|sol)$/;
const unfinished = new RegExp(`\\b(${['TO', 'FIX'].map((word, index) => word + ['DO', 'ME'][index]).join('|')})\\b`);
const generated = /\/generated\/|\/fixtures\/|\/dist\/|\/vectors\//;

/** @returns {string[]} */
export function checkStyle() {
  const broken = [];
  for (const file of trackedFiles(sources).filter((name) => !generated.test(name))) {
    if (!existsSync(path.join(repositoryRoot, file))) continue;
    const banned = file
      .split('/')
      .slice(0, -1)
      .find((part) => bannedFolders.has(part));
    if (banned) broken.push(`${file}: a folder named "${banned}" says nothing; name its subject`);
    const lines = readFileSync(path.join(repositoryRoot, file), 'utf8').split('\n');
    const isTest = /(_test\.cc|_fuzz\.cc|\.spec\.ts|\.t\.sol)$/.test(file) || file.includes('/testing/');
    const bound = isTest ? longestTestFileLines : longestFileLines;
    if (lines.length > bound)
      broken.push(`${file}: ${lines.length} lines, at most ${bound}; it is asking to be two files`);
    if (!isTest) broken.push(...longFunctions(file, lines));
    if (unfinished.test(lines.join('\n'))) broken.push(`${file}: a note of unfinished work; do it or delete it`);
  }
  return broken;
}

/** A function that starts at the margin (or one level in, for methods) and closes at the same indent. */
function longFunctions(file, lines) {
  const broken = [];
  for (let start = 0; start < lines.length; start++) {
    const indent = functionIndent(file, lines[start]);
    if (indent === undefined) continue;
    const close = `${indent}}`;
    let end = start + 1;
    while (
      end < lines.length &&
      !(lines[end] === close || lines[end].startsWith(`${close};`) || lines[end].startsWith(`${close})`))
    )
      end++;
    if (end < lines.length && end - start > longestFunctionLines) {
      broken.push(`${file}:${start + 1}: a function of ${end - start} lines, at most ${longestFunctionLines}`);
    }
  }
  return broken;
}

function functionIndent(file, line) {
  if (/\.(cc|h)$/.test(file))
    return /^[A-Za-z].*\)[^;]*\{$/.test(line) && !/^(namespace|struct|class|enum|extern)/.test(line) ? '' : undefined;
  if (/^(export )?(default )?(async )?function\b.*\{$/.test(line)) return '';
  return /^ {2}(private |public |protected |static |override |async |get |set )*[a-zA-Z#]\w*\(.*\{$/.test(line) &&
    !/^ {2}(if|for|while|switch|catch)\b/.test(line)
    ? '  '
    : undefined;
}
