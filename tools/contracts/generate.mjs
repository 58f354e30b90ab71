// Writes libs/chain/src/generated from what forge compiled: ABI and creation code of the three contracts.
// `node tools/contracts/generate.mjs --check` changes nothing and fails when the committed files differ.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../setup/repository.mjs';

const contracts = ['ChroomToken', 'ChroomCore', 'ChroomProofs'];
const folder = path.join(repositoryRoot, 'libs/chain/src/generated');

/** @returns {string[]} files that differed from what forge compiled */
export function generateContractCode({ check = false } = {}) {
  mkdirSync(folder, { recursive: true });
  const changed = [];
  for (const [file, text] of contracts.flatMap(filesOf)) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    changed.push(path.relative(repositoryRoot, file));
    if (!check) writeFileSync(file, text);
  }
  return changed;
}

function filesOf(contract) {
  const artifact = JSON.parse(
    readFileSync(path.join(repositoryRoot, 'contracts/out', `${contract}.sol`, `${contract}.json`), 'utf8'),
  );
  const stem = contract.replace(/[A-Z]/g, (letter, at) => (at ? '-' : '') + letter.toLowerCase());
  const name = contract[0].toLowerCase() + contract.slice(1);
  const note = `// Made from contracts/src/${contract}.sol by tools/contracts/generate.mjs; never edited by hand.\n`;
  const abi = JSON.stringify(artifact.abi, null, 2);
  return [
    [path.join(folder, `${stem}.abi.ts`), `${note}export const ${name}Abi = ${abi} as const;\n`],
    [
      path.join(folder, `${stem}.bytecode.ts`),
      `${note}export const ${name}Bytecode = '${artifact.bytecode.object}' as const;\n`,
    ],
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const check = process.argv.includes('--check');
  const changed = generateContractCode({ check });
  if (check && changed.length > 0) {
    process.stderr.write(`differs from the contracts: ${changed.join(', ')}; run node tools/contracts/generate.mjs\n`);
    process.exitCode = 1;
  }
}
