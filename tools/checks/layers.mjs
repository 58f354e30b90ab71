// Import rules: apps import libs and never an app; libs import only what the table allows; nobody reaches into
// another package's files; a folder of native/src includes only the folders that CMakeLists.txt links to it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../setup/repository.mjs';
import { trackedFiles } from './tracked-files.mjs';

const everybodyMayImport = new Set(['protocol', 'telemetry']);
/** Beyond protocol and telemetry (which itself imports only protocol). */
const libEdges = { queues: ['database'], receipts: ['chain'], client: ['receipts'], engine: ['native'] };
/** Entry points of their own, so that a process pays only for what it uses. */
const partsOfLibs = new Set(['@chroom/protocol/proofs', '@chroom/telemetry/nest', '@chroom/chain/network']);
const importPattern = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;
const includePattern = /^#include "([a-z0-9_]+)\//gm;

/** @returns {string[]} broken rules, as `file: rule` */
export function checkLayers() {
  return [...typeScriptImports(), ...nativeIncludes()];
}

function typeScriptImports() {
  return trackedFiles(/^(libs|apps)\/[^/]+\/(src|server)\/.*\.(ts|tsx|mjs)$/).flatMap((file) =>
    importsOf(file, readFileSync(path.join(repositoryRoot, file), 'utf8')),
  );
}

/** @param {string} file relative to the repository @param {string} text @returns {string[]} imports that the rules forbid */
export function importsOf(file, text) {
  const [group, owner] = file.split('/');
  return [...text.matchAll(importPattern)]
    .map(([, wanted]) => judge(group, owner, file, wanted))
    .filter(Boolean)
    .map((problem) => `${file}: ${problem}`);
}

function judge(group, owner, file, wanted) {
  if (wanted.startsWith('.')) {
    const target = path.normalize(path.join(path.dirname(file), wanted));
    const inside = target.startsWith(`${group}/${owner}/`);
    const testHelper = file.endsWith('.spec.ts') || file.includes('/testing/');
    if (!inside && !(testHelper && /^(tools|native|test)\//.test(target)))
      return `reaches out of its package for ${target}`;
    return undefined;
  }
  if (!wanted.startsWith('@chroom/')) return undefined;
  const [, name, ...rest] = wanted.split('/');
  if (rest.length > 0 && rest.join('/') !== 'testing' && !partsOfLibs.has(wanted)) return `deep import of ${wanted}`;
  if (group === 'apps') return isApp(name) ? `an app imports the app ${wanted}` : undefined;
  if (name === owner || everybodyMayImport.has(name) || libEdges[owner]?.includes(name)) return undefined;
  return `libs/${owner} may not import ${wanted}`;
}

function isApp(name) {
  return trackedFiles(new RegExp(`^apps/${name}/package\\.json$`)).length > 0;
}

function nativeIncludes() {
  const links = nativeLinks(readFileSync(path.join(repositoryRoot, 'native/CMakeLists.txt'), 'utf8'));
  return trackedFiles(/^native\/src\/[^/]+\/.*\.(h|cc)$/).flatMap((file) =>
    includesOf(file, readFileSync(path.join(repositoryRoot, file), 'utf8'), links),
  );
}

/**
 * @param {string} file relative to the repository @param {string} text
 * @param {Record<string, string[]>} links by folder, those that it links @returns {string[]} forbidden includes
 */
export function includesOf(file, text, links) {
  const folder = file.split('/')[2];
  if (folder === 'addon') return [];
  const allowed = reachable(links, folder);
  return [...text.matchAll(includePattern)]
    .map(([, wanted]) => wanted)
    .filter((wanted) => wanted !== folder && wanted in links && !allowed.has(wanted))
    .map((wanted) => `${file}: native/src/${folder} may not include ${wanted}/`);
}

/** What `chroom_folder(name dependencies...)` says. */
export function nativeLinks(cmake) {
  const links = {};
  for (const [, words] of cmake.matchAll(/^chroom_folder\(([a-z0-9_\s]+)\)/gm)) {
    const [name, ...dependencies] = words.trim().split(/\s+/);
    links[name] = dependencies;
  }
  return links;
}

function reachable(links, folder, seen = new Set()) {
  for (const next of links[folder] ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(links, next, seen);
  }
  return seen;
}
