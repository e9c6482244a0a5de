export * from '../../src/testing/fake-env.ts';
