import { describe, expect, test } from '@jest/globals';
import { isIoncore } from '../../../../bench/cases/contestants.ts';
import { cases } from '../../../../bench/cases/index.ts';

test('cases have names of their own', () => {
  const names = cases.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
});

// A name that is not there would only leave a target, or a ratio, out of the report.
describe.each(cases)('case $name', (one) => {
  const { contestants, variants, smokeVariants, targets, reference, profiled } = one;
  const names = contestants.map(({ name }) => name);
  const labels = variants.map(({ label }) => label);

  test('has every contestant and every variant once', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(labels).size).toBe(labels.length);
    expect(smokeVariants).not.toEqual([]);
  });

  test('has the contestants and variants that its targets name, and its reference', () => {
    expect(names).toContain(reference);
    for (const target of targets) {
      expect(names).toContain(target.contestant);
      expect(names).toContain(target.against ?? reference);
      expect(labels).toContain(target.variant);
    }
  });

  test('has something of ioncore to profile', () => {
    expect(labels).toContain(profiled ?? labels[0]);
    expect(contestants.filter(isIoncore)).not.toEqual([]);
  });

  test('tells versions, not undefined, in the settings', () => {
    for (const { settings } of contestants) expect(settings).not.toMatch(/undefined/);
  });
});
