import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';
import { defaultAppDirectories } from './app-library.ts';

const dayMs = 86_400_000;

/** Apps, as a whole. An app cannot set this section: it must be found before it is read. */
export const appsConfig = defineSection('apps', {
  directories: Type.Array(Type.String({ minLength: 1 }), {
    default: [...defaultAppDirectories],
    description: 'Where apps are looked up by name, in this order; relative to the working directory',
  }),
  slowStartMs: Type.Number({
    minimum: 1,
    maximum: dayMs,
    default: 10_000,
    description: 'Milliseconds after which the start of an app that is not done is logged as a warning',
  }),
  startTimeoutMs: Type.Number({
    minimum: 1,
    maximum: dayMs,
    default: 120_000,
    description: 'Milliseconds after which the start of an app that is not done is given up',
  }),
  stopTimeoutMs: Type.Number({
    minimum: 1,
    maximum: dayMs,
    default: 5_000,
    description: 'Milliseconds after which the function stop of an app is not waited for any longer',
  }),
});
