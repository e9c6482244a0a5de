import type { Case } from '../suite/case.ts';
import { coalescing } from './coalescing.ts';
import { growthOfProcesses, growthOfServices } from './growth.ts';
import { localCall } from './local-call.ts';
import { localCast } from './local-cast.ts';
import { memory } from './memory.ts';
import { oneWay } from './one-way.ts';
import { remoteCall } from './remote-call.ts';
import { spawn } from './spawn.ts';
import { start } from './start.ts';

/** All of them, in the order of the tables. */
export const cases: readonly Case[] = [
  remoteCall,
  coalescing,
  oneWay,
  localCall,
  localCast,
  spawn,
  memory,
  start,
  growthOfProcesses,
  growthOfServices,
];
