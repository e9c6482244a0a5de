import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CpuProfile, ProfileNode } from '../../../../bench/profile/cpu-profile.ts';
import { sourceMapLocator } from '../../../../bench/profile/source-maps.ts';
import { attribute, nodeRows } from '../../../../bench/start/attribution.ts';

const directory = mkdtempSync(join(tmpdir(), 'attribution-'));
const bundle = pathToFileURL(join(directory, 'main.js')).href;

beforeAll(() => {
  // Line 1 of the bundle is a helper; lines 2 to 5 are of one source each, the last one indented.
  const map = {
    version: 3,
    sources: [
      '../src/util/clock.ts',
      '../src/process/inner/mailbox.ts',
      '../src/main.ts',
      '../node_modules/yargs/node_modules/@scope/ansi/index.js',
    ],
    names: [],
    mappings: ';AAAA;ACAA;ACAA;ICAA',
  };
  writeFileSync(join(directory, 'main.js.map'), JSON.stringify(map));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Frame extends Partial<ProfileNode['callFrame']>, Pick<ProfileNode, 'positionTicks'> {
  /** The index of the frame that calls this one. */
  readonly by?: number;
}

/** A profile that begins at 1000 and whose samples, indices of `frames`, each hold for 100 µs. */
function profileOf(frames: readonly Frame[], samples: readonly number[]): CpuProfile {
  return {
    startTime: 1000,
    endTime: 2000,
    samples,
    timeDeltas: samples.map((_, index) => (index === 0 ? 0 : 100)),
    nodes: frames.map(({ positionTicks, by: _, ...frame }, id) => ({
      id,
      callFrame: { functionName: '', url: '', lineNumber: 0, columnNumber: 0, ...frame },
      children: frames.flatMap(({ by }, child) => (by === id ? [child] : [])),
      ...(positionTicks && { positionTicks }),
    })),
  };
}

const rowsOf = (profile: CpuProfile, untilAt: number) =>
  Object.fromEntries([...attribute(profile, untilAt, sourceMapLocator())].filter(([, ms]) => ms > 0));

describe('attribute()', () => {
  test('gives each sample’s time to the room or package that the source map names', () => {
    const nodes = [0, 1, 2, 3, 4].map((lineNumber) => ({ url: bundle, lineNumber }));
    expect(rowsOf(profileOf(nodes, [0, 1, 2, 2, 3, 4]), 1600)).toEqual({
      [nodeRows.bundle]: 0.1,
      'src/util': 0.1,
      'src/process': 0.2,
      src: 0.1,
      'node_modules/@scope/ansi': 0.1,
    });
  });

  test('splits a function that runs the code of many sources by the lines that ran', () => {
    const positionTicks = [
      { line: 2, ticks: 3 },
      { line: 3, ticks: 1 },
    ];
    expect(rowsOf(profileOf([{ url: bundle, positionTicks }], [0]), 1400)).toEqual({
      'src/util': expect.closeTo(0.3),
      'src/process': expect.closeTo(0.1),
    });
  });

  test('counts native functions to the script that calls them', () => {
    const calling = { url: bundle, positionTicks: [{ line: 2, ticks: 1 }] };
    const nodes = [calling, { functionName: 'parse', by: 0 }, { functionName: 'reviver', by: 1 }];
    expect(rowsOf(profileOf(nodes, [2]), 1100)).toEqual({ 'src/util': 0.1 });
  });

  test('has rows for Node and for what is nobody’s', () => {
    const nodes = [
      { functionName: '(root)' },
      { functionName: '(idle)', by: 0 },
      { functionName: '(garbage collector)', by: 0 },
      { functionName: '(program)', by: 0 },
      { url: 'node:internal/modules/esm/loader' },
      { url: 'node:net' },
    ];
    const { idle, garbage, native, loading, itself } = nodeRows;
    expect(rowsOf(profileOf(nodes, [1, 2, 3, 4, 5]), 1500)).toEqual({
      [idle]: 0.1,
      [garbage]: 0.1,
      [native]: 0.1,
      [loading]: 0.1,
      [itself]: 0.1,
    });
  });

  test('finds packages and rooms without a map, too', () => {
    const nodes = [
      { url: 'file:///srv/node_modules/yaml/dist/index.js' },
      { url: 'file:///srv/src/shell/a.ts' },
    ];
    expect(rowsOf(profileOf(nodes, [0, 1]), 1200)).toEqual({ 'node_modules/yaml': 0.1, 'src/shell': 0.1 });
  });

  test('goes as far as it is told, and its rows add up to that', () => {
    const nodes = [{ url: bundle, lineNumber: 1 }, { functionName: '(idle)' }];
    const profile = profileOf(nodes, [0, 1, 0, 0, 0]);
    expect(rowsOf(profile, 1250)).toEqual({ 'src/util': expect.closeTo(0.15), [nodeRows.idle]: 0.1 });
    const late = { ...profile, startTime: 700, timeDeltas: [300, 100, 100, 100, 100] };
    const rows = rowsOf(late, 1450);
    expect(rows[nodeRows.itself]).toBeCloseTo(0.3);
    expect(Object.values(rows).reduce((sum, ms) => sum + ms)).toBeCloseTo(0.75);
    expect(rowsOf(late, 800)).toEqual({ [nodeRows.itself]: 0.1 });
  });

  test('puts samples in order that V8 noted out of order', () => {
    const nodes = [
      { url: bundle, lineNumber: 1 },
      { functionName: '(idle)', by: 0 },
      { url: bundle, lineNumber: 2 },
    ];
    const profile = { ...profileOf(nodes, [0, 2, 1]), timeDeltas: [0, 300, -200] };
    expect(rowsOf(profile, 1400)).toEqual({
      'src/util': 0.1,
      [nodeRows.idle]: expect.closeTo(0.2),
      'src/process': 0.1,
    });
  });
});
