// The test kit, `ioncore/testing`: for tests of services, with any test runner. Nothing that runs in production loads it.
export type { Fault, FaultOptions } from '../transport/embedded/index.ts';
export { type EventuallyOptions, eventually, turns } from './eventually.ts';
export { type FakeEnv, type FakeEnvOptions, fakeEnv, seededRandom } from './fake-env.ts';
export { Faults, type FaultTarget } from './faults.ts';
export { type LoggedLine, type RecordingLogger, recordingLogger } from './recording-logger.ts';
export type { SpiedMessage } from './spy-inbox.ts';
export { type SpyHandler, type SpyProcess, type SpyResult, spyProcess } from './spy-process.ts';
export { TestBroker } from './test-broker.ts';
export { startTestContainer, TestContainer } from './test-container.ts';
export { TestSystem, type TestSystemContainerOptions, type TestSystemOptions } from './test-system.ts';
