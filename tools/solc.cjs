#!/usr/bin/env node
// Lets forge compile with the solc of the lock file: answers --version and --standard-json like the native compiler.
const fs = require('node:fs');
const path = require('node:path');
const solc = require('solc');

const args = process.argv.slice(2);

if (args.includes('--version')) {
  const [, version] = /^(\d+\.\d+\.\d+\+commit\.[0-9a-f]+)/.exec(solc.version());
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`);
} else if (args.includes('--standard-json')) {
  process.stdout.write(solc.compile(fs.readFileSync(0, 'utf8'), { import: readImport }));
} else {
  process.stderr.write(`expected --version or --standard-json, received ${args.join(' ')}\n`);
  process.exitCode = 1;
}

function readImport(name) {
  for (const folder of importFolders()) {
    const file = path.resolve(folder, name);
    if (fs.existsSync(file)) return { contents: fs.readFileSync(file, 'utf8') };
  }
  return { error: `${name} was not found in ${importFolders().join(', ')}` };
}

function importFolders() {
  return ['--base-path', '--include-path'].flatMap((flag) =>
    args.flatMap((argument, index) => (argument === flag ? [args[index + 1]] : [])),
  );
}
