import { describe, expect, test } from '@jest/globals';
import { Demand } from '../../../src/container/system-events-demand.ts';

describe('Demand', () => {
  test('is on at first, and off when one comes back', () => {
    const demand = new Demand();
    demand.published(1);
    expect(demand.isOn).toBe(true);
    demand.returned(1);
    expect(demand.isOn).toBe(false);
  });

  test('#renew() puts it on again, whatever comes back of what had left before', () => {
    const demand = new Demand();
    demand.published(3);
    demand.published(2);
    demand.returned(3);
    demand.renew();
    demand.returned(2);
    demand.returned(3);
    expect(demand.isOn).toBe(true);
    demand.published(4);
    demand.returned(4);
    expect(demand.isOn).toBe(false);
  });
});
