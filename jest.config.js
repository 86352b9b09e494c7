import swc from './swc.config.js';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/', '<rootDir>/.node/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  maxWorkers: 3,
  // Jest keeps what a finished suite has loaded: without a limit, garbage collection takes more and more of a worker's time.
  workerIdleMemoryLimit: '300MB',
  // No test is judged by the clock: this ends one that waits in vain.
  testTimeout: 300_000,
  // Only with --coverage.
  collectCoverageFrom: ['src/**/*.ts', '!src/store/{generated,generated-application}/**'],
  coverageThreshold: {
    './src/security/': { lines: 95, branches: 95 },
    './src/auth/': { lines: 95, branches: 95 },
  },
};
