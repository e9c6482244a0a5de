import { describe, expect, test } from '@jest/globals';
import { readArguments } from '../../../../src/apps/buoy/arguments.ts';
import { ConfigurationError } from '../../../../src/index.ts';

describe('readArguments()', () => {
  test('has a default for each', () => {
    expect(readArguments({})).toEqual({
      source: { kind: 'simulator' },
      factor: 1,
      repeat: false,
      origin: 'buoy',
      file: 'buoy.jsonl',
    });
  });

  test.each([
    ['simulator', { kind: 'simulator' }],
    ['logs/plaka.log', { kind: 'file', path: 'logs/plaka.log' }],
    ['tcp://localhost:10110', { kind: 'tcp', host: 'localhost', port: 10110 }],
    ['tcp://192.0.2.7:2000/', { kind: 'tcp', host: '192.0.2.7', port: 2000 }],
    ['tcp://[::1]:10110', { kind: 'tcp', host: '::1', port: 10110 }],
  ])('source: %s', (source, expected) => {
    expect(readArguments({ source }).source).toEqual(expected);
  });

  test.each([
    ['own', 1],
    [10, 10],
    [0.5, 0.5],
    ['fast', Number.POSITIVE_INFINITY],
  ])('pace: %s', (pace, factor) => {
    expect(readArguments({ source: 'a.log', pace }).factor).toBe(factor);
  });

  test('what comes by TCP waits for nothing', () => {
    expect(readArguments({ source: 'tcp://host:10' }).factor).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    [{ sorce: 'x' }, "buoy: there is no argument 'sorce'; known are source, pace, repeat, origin, file"],
    [{ source: 7 }, 'buoy: source is 7; expected a text'],
    [
      { source: 'tcp://host' },
      "buoy: source is 'tcp://host'; expected 'simulator', the path of a file, or tcp://<host>:<port>",
    ],
    [
      { source: 'tcp:host:10' },
      "buoy: source is 'tcp:host:10'; expected 'simulator', the path of a file, or tcp://<host>:<port>",
    ],
    [{ source: 'tcp://host:99999' }, /expected 'simulator'/],
    [{ source: 'tcp://host:0' }, /expected 'simulator'/],
    [{ source: 'tcp://host:10/path' }, /expected 'simulator'/],
    [
      { pace: 0 },
      "buoy: pace is 0; expected 'own', 'fast' or a number above 0, how many times faster than recorded",
    ],
    [{ pace: 'slow' }, /pace is 'slow'/],
    [{ pace: Number.NaN }, /pace is NaN/],
    [{ source: 'tcp://host:10', pace: 2 }, /expected 'own' for a TCP address/],
    [{ pace: 'fast' }, /expected 'own' or a number for the simulator/],
    [{ repeat: 'yes' }, "buoy: repeat is 'yes'; expected true or false"],
    [{ repeat: true }, 'buoy: repeat is true; expected false unless source is a file'],
    [{ origin: '' }, "buoy: origin is ''; expected a text"],
    [{ file: null }, 'buoy: file is null; expected a text'],
  ])('refuses %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(ConfigurationError);
    expect(() => readArguments(args)).toThrow(message);
  });
});
