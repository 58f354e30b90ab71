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
    broken.push(...styleOf(file, readFileSync(path.join(repositoryRoot, file), 'utf8')));
  }
  return broken;
}

/** @param {string} file relative to the repository @param {string} text @returns {string[]} what is wrong with it */
export function styleOf(file, text) {
  const broken = [];
  const banned = file
    .split('/')
    .slice(0, -1)
    .find((part) => bannedFolders.has(part));
  if (banned) broken.push(`${file}: a folder named "${banned}" says nothing; name its subject`);
  const lines = text.split('\n');
  const isTest = /(_test\.cc|_fuzz\.cc|\.spec\.ts|\.t\.sol)$/.test(file) || file.includes('/testing/');
  const bound = isTest ? longestTestFileLines : longestFileLines;
  if (lines.length > bound)
    broken.push(`${file}: ${lines.length} lines, at most ${bound}; it is asking to be two files`);
  if (!isTest) broken.push(...longFunctions(file, lines));
  if (unfinished.test(text)) broken.push(`${file}: a note of unfinished work; do it or delete it`);
  return broken;
}

/** A function that starts at the margin (or one level in, for methods) and closes at the same indent. */
function longFunctions(file, lines) {
  const broken = [];
  for (let start = 0; start < lines.length; start++) {
    const found = functionAt(file, lines, start);
    if (!found) continue;
    const close = `${found.indent}}`;
    let end = found.bodyFrom;
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

/** A signature may take several lines: it ends where the parentheses are closed and the body is opened. */
function functionAt(file, lines, start) {
  if (!mayBegin.test(lines[start])) return undefined;
  let signature = '';
  for (const [offset, line] of lines.slice(start, start + longestSignatureLines).entries()) {
    signature += offset === 0 ? line : ` ${line.trim()}`;
    if (line === '' || line.endsWith(';')) return undefined;
    if (!line.endsWith('{') || count(signature, '(') !== count(signature, ')')) continue;
    const indent = functionIndent(file, signature);
    return indent === undefined ? undefined : { indent, bodyFrom: start + offset + 1 };
  }
  return undefined;
}
const mayBegin = /^( {2}| {4})?[A-Za-z#].*[({,]/;
const longestSignatureLines = 15;

function count(text, character) {
  return text.split(character).length;
}

function functionIndent(file, signature) {
  if (/\.(cc|h)$/.test(file))
    return /^[A-Za-z].*\)[^;]*\{$/.test(signature) && !/^(namespace|struct|class|enum|extern)/.test(signature)
      ? ''
      : undefined;
  if (file.endsWith('.sol')) return /^ {4}(function|constructor)\b.*\{$/.test(signature) ? '    ' : undefined;
  if (/^(export )?(default )?(async )?function\b.*\{$/.test(signature)) return '';
  if (/^(export )?const \w+[^=]* = (async )?\(.*=> \{$/.test(signature)) return '';
  return /^ {2}(private |public |protected |static |override |async |get |set )*[a-zA-Z#]\w*\(.*\{$/.test(signature) &&
    !/^ {2}(if|for|while|switch|catch)\b/.test(signature)
    ? '  '
    : undefined;
}
