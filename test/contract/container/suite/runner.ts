import { afterEach, beforeEach, describe } from '@jest/globals';
import { describeBonds } from './bonds.ts';
import { describeCalls } from './calls.ts';
import { describeContracts } from './contracts.ts';
import { describeCorners } from './corners.ts';
import { describeEvents } from './events.ts';
import { describeFuzz } from './fuzz.ts';
import { describeInterceptors } from './interceptors.ts';
import { describeJsonPeers } from './json-peers.ts';
import { describeLifecycle } from './lifecycle.ts';
import { describeLifecycleObjects } from './lifecycle-objects.ts';
import { describeOddEnds } from './odd-ends.ts';
import { describeOneWay } from './one-way.ts';
import { describeOutage } from './outage.ts';
import { describeOverload } from './overload.ts';
import { describePromises } from './promises.ts';
import { describeProtobuf } from './protobuf.ts';
import { describeServices } from './services.ts';
import { describeStopping } from './stopping.ts';
import { describeStreamProcesses } from './stream-processes.ts';
import { describeStreams } from './streams.ts';
import { describeSupervisors } from './supervisors.ts';
import { type SystemHarness, TestSystem } from './system.ts';
import { describeSystemEvents } from './system-events.ts';
import { describeTracing } from './tracing.ts';
import { describeTrust } from './trust.ts';

/** Gives each test of a describe block a system of its own. */
export type UseSystem = () => { readonly current: TestSystem };

/** What containers promise, whatever broker carries their messages. */
export function describeContainerContract(name: string, harness: SystemHarness): void {
  describe(`containers on ${name}`, () => {
    const useSystem: UseSystem = () => {
      const holder = { current: new TestSystem(harness, 'unused') };
      beforeEach(() => {
        holder.current = new TestSystem(
          harness,
          `t${process.pid}x${Math.random().toString(36).slice(2, 10)}`,
        );
      });
      afterEach(() => holder.current.stop());
      return holder;
    };
    describeBonds(useSystem);
    describeOddEnds(useSystem);
    describeCalls(useSystem);
    describeInterceptors(useSystem);
    describeLifecycle(useSystem);
    describeLifecycleObjects(useSystem);
    describeServices(useSystem);
    describeOneWay(useSystem);
    describeSupervisors(useSystem);
    describeContracts(useSystem);
    describePromises(useSystem);
    describeStopping(useSystem);
    describeStreams(useSystem);
    describeStreamProcesses(useSystem);
    describeSystemEvents(useSystem);
    describeProtobuf(useSystem);
    describeTracing(useSystem);
    describeJsonPeers(useSystem);
    describeTrust(useSystem);
    describeOutage(useSystem);
    describeOverload(useSystem);
    describeCorners(useSystem);
    describeEvents(useSystem);
    describeFuzz(useSystem);
  });
}
