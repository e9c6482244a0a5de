import { afterEach, beforeEach, describe } from '@jest/globals';
import { describeCalls } from './calls.ts';
import { describeLifecycle } from './lifecycle.ts';
import { describeOutage } from './outage.ts';
import { describeServices } from './services.ts';
import { type SystemHarness, TestSystem } from './system.ts';
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
    describeCalls(useSystem);
    describeLifecycle(useSystem);
    describeServices(useSystem);
    describeTrust(useSystem);
    describeOutage(useSystem);
  });
}
