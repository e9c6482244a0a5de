/** One project per kind of test; `npm test` runs them all (scripts/test.ts sets up what they need). */
const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // Apps name our own modules by the package's name; under test that is the source, not the build.
  moduleNameMapper: {
    '^ioncore$': '<rootDir>/src/index.ts',
    '^ioncore/testing$': '<rootDir>/src/testing/index.ts',
    '^ioncore/apps/(.*)$': '<rootDir>/src/apps/$1.ts',
  },
  ...extra,
});

export default {
  projects: ['unit', 'contract', 'integration', 'e2e'].map((name) => project(name)),
  testTimeout: 20_000,
  workerIdleMemoryLimit: '1GB',
};
