import { describe, expect, test } from '@jest/globals';
import { conflictContract } from './conflicts.ts';
import { consumerContract } from './consumers.ts';
import { deadLetterContract } from './dead-letters.ts';
import { expiryContract } from './expiry.ts';
import type { TransportHarness, TransportHarnessFactory } from './harness.ts';
import { lifetimeContract } from './lifetimes.ts';
import { outageContract } from './outage.ts';
import { publishingContract } from './publishing.ts';
import { refusalContract } from './refusals.ts';
import { routingContract } from './routing.ts';
import { settlementContract } from './settlement.ts';
import { singleActiveContract } from './single-active.ts';
import { streamContract } from './streams.ts';

/** Registers one test of the contract; the body gets a fresh harness, which is disposed of afterwards. */
export type ContractTest = (name: string, body: (harness: TransportHarness) => Promise<void>) => void;

const topics: Readonly<Record<string, (contractTest: ContractTest) => void>> = {
  routing: routingContract,
  publishing: publishingContract,
  consumers: consumerContract,
  settlement: settlementContract,
  'single active consumer': singleActiveContract,
  expiry: expiryContract,
  lifetimes: lifetimeContract,
  'dead letters': deadLetterContract,
  conflicts: conflictContract,
  outage: outageContract,
  refusals: refusalContract,
  streams: streamContract,
};

/** Runs the contract of `Transport` against one implementation. Call it at the top level of a test file. */
export function describeTransportContract(name: string, factory: TransportHarnessFactory): void {
  describe(`transport contract: ${name}`, () => {
    const skips = factory.skips ?? {};
    const names = new Set<string>();
    const contractTest: ContractTest = (testName, body) => {
      if (names.has(testName)) throw new Error(`Two contract tests are named "${testName}"`);
      names.add(testName);
      const reason = skips[testName];
      if (reason !== undefined) {
        test.skip(`${testName} (skipped: ${reason})`, () => {});
        return;
      }
      test(testName, async () => {
        const harness = await factory.create();
        try {
          await body(harness);
        } finally {
          await harness.dispose();
        }
      });
    };
    for (const [topic, register] of Object.entries(topics)) {
      describe(topic, () => register(contractTest));
    }
    test('every skip names a contract test', () => {
      expect(Object.keys(skips).filter((skipped) => !names.has(skipped))).toEqual([]);
    });
  });
}
