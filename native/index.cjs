'use strict';
// Loads the addon that cmake-js (or node-gyp, which uses the same folder) has built.
const path = require('node:path');

const file = path.join(__dirname, 'build', 'Release', 'chroom.node');
try {
  module.exports = require(file);
} catch (cause) {
  throw new Error(
    `expected the native engine at ${file}, received: ${cause.message}. Build it with "npx cmake-js build -d native" (npm start and npm test do).`,
    { cause },
  );
}
