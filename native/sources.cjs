'use strict';
// The one list of sources: everything under src but tests and fuzzers. CMakeLists.txt globs by the same rule; node-gyp
// takes what this prints (binding.gyp). Paths are relative to this folder.
const fs = require('node:fs');
const path = require('node:path');

function sources(folder) {
  return fs
    .readdirSync(path.join(__dirname, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sources(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((file) => file.endsWith('.cc') && !/_(test|fuzz)\.cc$/.test(file))
    .sort();
}

module.exports = sources('src');
if (require.main === module) console.log(module.exports.join(' '));
