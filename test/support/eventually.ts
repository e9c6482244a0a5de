export * from '../../src/testing/eventually.ts';
