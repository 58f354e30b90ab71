// Jest runs the TypeScript sources directly (SWC keeps decorator metadata); see package.json for how it is started.
export default {
  testEnvironment: 'node',
  // Only ends what hangs: tests wait for conditions, which come late on a machine that does other work.
  testTimeout: 20_000,
  globalSetup: '<rootDir>/tools/embedded/jest-services.mjs',
  globalTeardown: '<rootDir>/tools/embedded/jest-services-teardown.mjs',
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/build/'],
  modulePathIgnorePatterns: ['/dist/', '/build/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@chroom/native$': '<rootDir>/native/index.cjs',
    '^@chroom/protocol/proofs$': '<rootDir>/libs/protocol/src/proofs/index.ts',
    '^@chroom/telemetry/nest$': '<rootDir>/libs/telemetry/src/nest.ts',
    '^@chroom/chain/network$': '<rootDir>/libs/chain/src/network.ts',
    '^@chroom/(.*)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    '^@chroom/(.*)$': '<rootDir>/libs/$1/src/index.ts',
  },
};
