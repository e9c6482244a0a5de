import { Type } from 'typebox';
import { appsConfig } from '../app/index.ts';
import { codecConfig } from '../codec/index.ts';
import { type ConfigSection, defineSection } from '../config/index.ts';
import { exchangeConfig } from '../exchange/index.ts';
import { rpcConfig } from '../interact/index.ts';
import { processConfig } from '../process/index.ts';

/** The container as a whole. */
export const containerConfig = defineSection('container', {
  stopMs: Type.Number({
    minimum: 0,
    default: 10_000,
    description:
      'Milliseconds for stopping everything; processes that are left after four fifths of it are killed and named',
  }),
  strayErrors: Type.Union([Type.Literal('stop'), Type.Literal('log')], {
    default: 'stop',
    description:
      'What an error does that nobody handles and that is no process’s: the container stops, or it is logged',
  }),
  systemEvents: Type.Union([Type.Literal('auto'), Type.Literal('all'), Type.Literal('off')], {
    default: 'auto',
    description:
      'Which events the container publishes about itself: auto, those about each process only while somebody has subscribed to them; all; or off, none',
  }),
  development: Type.Boolean({
    default: false,
    description: 'Callers are told stack and causes of the errors that their calls end in',
  }),
});

/** Everything that can be configured, as the rooms declare it. */
export const configSections: readonly ConfigSection[] = [
  containerConfig,
  rpcConfig,
  processConfig,
  exchangeConfig,
  codecConfig,
  appsConfig,
];
