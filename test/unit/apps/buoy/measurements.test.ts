import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Measurement, readSentence, type Said } from '../../../../src/apps/buoy/measurements.ts';
import { formatSentence, parseSentence } from '../../../../src/apps/buoy/sentence.ts';

/** What the sentence says, given without its beginning and its checksum. */
function read(text: string): Said {
  const [formatter = '', ...fields] = text.split(',');
  const parsed = parseSentence(formatSentence({ talker: 'II', formatter, fields }));
  if ('unusable' in parsed) throw new Error(`${text} is ${parsed.unusable}`);
  return readSentence(parsed);
}

function measured(text: string): readonly (readonly [string, Measurement['content']])[] {
  return read(text).measurements.map(({ event, content }) => [event.type, content]);
}

/** One of each kind, of an instrument that tells all. No value stands in it twice, in two units. */
const samples = [
  'GLL,6005.071,N,02332.346,E,095559,A,D',
  'GGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,',
  'RMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W,A',
  'VTG,224.44,T,224.44,M,5.81,N,,K,D',
  'VHW,045.0,T,046.5,M,06.11,N,,K',
  'VPW,-0.44,N,,M',
  'VDR,120.0,T,121.5,M,1.2,N',
  'HDT,274.1,T',
  'HDM,271.6,M',
  'HDG,271.6,,,2.5,E',
  'DBT,,f,010.44,M,,F',
  'DPT,10.44,0.5',
  'MWV,338,R,13.41,N,A',
  'MWV,313,T,08.16,N,A',
  'VWR,030,L,08.10,N,,M,,K',
  'VWT,039,L,08.10,N,,M,,K',
  'MWD,213.0,T,214.5,M,,N,04.20,M',
  'ZDA,160012.71,11,03,2004,-1,00',
];

describe('readSentence()', () => {
  test.each<[string, ...[string, object][]]>([
    [
      'GLL,6005.071,N,02332.346,E,095559,A,D',
      ['sensor.position', { latitudeDeg: 60.0845167, longitudeDeg: 23.5391 }],
    ],
    [
      'GLL,3345.900,S,15112.600,W,225444,A',
      ['sensor.position', { latitudeDeg: -33.765, longitudeDeg: -151.21 }],
    ],
    [
      'RMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W',
      ['sensor.position', { latitudeDeg: 48.1173, longitudeDeg: 11.5166667 }],
      ['sensor.course', { courseDeg: 84.4 }],
      ['sensor.speed.ground', { speedMps: 11.5236 }],
    ],
    [
      'GGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,',
      ['sensor.position', { latitudeDeg: 48.1173, longitudeDeg: 11.5166667 }],
    ],
    [
      'VTG,224.44,T,224.44,M,5.81,N,,,D',
      ['sensor.course', { courseDeg: 224.44 }],
      ['sensor.speed.ground', { speedMps: 2.9889 }],
    ],
    ['VTG,,T,,M,,N,36,K', ['sensor.speed.ground', { speedMps: 10 }]],
    ['VHW,,T,,M,06.11,N,11.31,K', ['sensor.speed.water', { speedMps: 3.1433 }]],
    ['VPW,-0.44,N,,', ['sensor.speed.windward', { speedMps: -0.2264 }]],
    ['VDR,120.0,T,,M,,N', ['sensor.current', { setDeg: 120 }]],
    ['HDT,274.1,T', ['sensor.heading.true', { headingDeg: 274.1 }]],
    ['HDM,271.6,M', ['sensor.heading.magnetic', { headingDeg: 271.6 }]],
    [
      'HDG,001.0,2.0,W,3.5,E',
      ['sensor.heading.magnetic', { headingDeg: 359 }],
      ['sensor.heading.true', { headingDeg: 2.5 }],
    ],
    ['HDG,100.0,,,,', ['sensor.heading.magnetic', { headingDeg: 100 }]],
    ['DBT,034.25,f,010.44,M,005.64,F', ['sensor.depth', { belowTransducerM: 10.44 }]],
    ['DBT,100,f,,M,,F', ['sensor.depth', { belowTransducerM: 30.48 }]],
    ['DBT,,f,,M,10,F', ['sensor.depth', { belowTransducerM: 18.288 }]],
    ['DPT,5.2,-0.5', ['sensor.depth', { belowTransducerM: 5.2 }]],
    ['MWV,338,R,13.41,N,A', ['sensor.wind.apparent', { angleDeg: 338, speedMps: 6.8987 }]],
    ['MWV,313,T,7.2,M,A', ['sensor.wind.true', { angleDeg: 313, speedMps: 7.2 }]],
    ['VWR,030,R,,N,4.2,M,,K', ['sensor.wind.apparent', { angleDeg: 30, speedMps: 4.2 }]],
    ['VWT,039,L,08.10,N,04.17,M,,', ['sensor.wind.true', { angleDeg: 321, speedMps: 4.17 }]],
    ['VWT,000,L,,N,04.17,M,,', ['sensor.wind.true', { angleDeg: 0, speedMps: 4.17 }]],
    ['MWD,,,,,08.16,N,04.20,M', ['sensor.wind.true', { speedMps: 4.2 }]],
    ['MWD,213.0,T,,M,08.16,N,,M', ['sensor.wind.true', { directionDeg: 213, speedMps: 4.1979 }]],
    [
      'VHW,0.0,T,,M,0.00,N,,',
      ['sensor.heading.true', { headingDeg: 0 }],
      ['sensor.speed.water', { speedMps: 0 }],
    ],
  ])('%s', (text, ...expected) => {
    expect(measured(text)).toEqual(expected);
    expect(read(text).unusable).toBeUndefined();
  });

  test.each([
    'HDT,,T',
    'HDT',
    'HDM,,M',
    'VDR,,,,,,N',
    'VPW,,N,,',
    'VWT,,L,,N,,M,,',
    'MWD,,,,,,N,,M',
    'VTG,,T,,M,,N,,K',
    'GLL,,,,,,,',
    'GGA,,,,,,,,,,,,,,',
    'MWV,,T,,N,A',
    'ZDA,,,,,,',
    'HDG,,2.0,W,3.5,E',
  ])('%s measures nothing: empty, never 0', (text) => {
    expect(read(text)).toMatchObject({ measurements: [], unusable: 'empty' });
  });

  test.each([
    'GLL,6005.071,N,02332.346,E,095559,V,N',
    'GLL,6005.071,N,02332.346,E,095559,A,N',
    'RMC,123519,V,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W',
    'GGA,123519,4807.038,N,01131.000,E,0,08,0.9,545.4,M,46.9,M,,',
    'MWV,338,R,13.41,N,V',
    'MWV,,R,,N,V',
    'VTG,224.44,T,224.44,M,5.81,N,,,N',
  ])('%s is void: its instrument says so, and its time is not heard either', (text) => {
    expect(read(text)).toEqual({ measurements: [], unusable: 'void', time: undefined });
  });

  test.each(['GSV,,,,,,,,,,,,,,,,,,,', 'XTE,A,A,,R,N,D', 'WCV,,N,,D', 'VDM,1,1,,B,177KQJ,0'])(
    'ION 54: %s is of a kind that nobody reads',
    (text) => {
      expect(read(text)).toEqual({ measurements: [], unusable: 'unknown sentence', time: undefined });
    },
  );

  test.each([
    'DBT,,f,foo,M,,F',
    'DBT,,f,10.44,Q,,F',
    'DBT,,f,1e3,M,,F',
    'DBT,,f,0x10,M,,F',
    'DBT,,f, 10,M,,F',
    'GLL,abc,N,02332.346,E,095559,A,D',
    'GLL,6005.071,X,02332.346,E,095559,A,D',
    'GLL,6005.071,E,02332.346,N,095559,A,D',
    'GLL,6005.071,N,,,095559,A,D',
    'GLL,6075.000,N,02332.346,E,095559,A,D',
    'GLL,6005.071',
    'GLL,6005.071,N,02332.346,E,256199,A,D',
    'GLL,6005.071,N,02332.346,E,095559,Z,D',
    'RMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,310294,003.1,W',
    'ZDA,095559,31,13,2004,00,00',
    'HDT,274.1,M',
    'MWV,338,X,13.41,N,A',
    'VWT,039,,08.10,N,04.17,M,,',
  ])('%s is malformed', (text) => {
    expect(read(text)).toMatchObject({ measurements: [], unusable: 'malformed' });
  });

  test.each([
    'DBT,,f,-1,M,,F',
    'GLL,9100.000,N,02332.346,E,095559,A,D',
    'GLL,6005.071,N,18000.001,E,095559,A,D',
    'HDT,360.1,T',
    'VWT,181,L,08.10,N,04.17,M,,',
    'VHW,,T,,M,-1,N,,K',
  ])('%s is out of range', (text) => {
    expect(read(text)).toMatchObject({ measurements: [], unusable: 'out of range' });
  });

  test.each<[string, Said['time']]>([
    ['ZDA,095559,,,,00,', { timeOfDayMs: 35_759_000, dayAt: undefined }],
    ['ZDA,160012.71,11,03,2004,-1,00', { timeOfDayMs: 57_612_710, dayAt: Date.UTC(2004, 2, 11) }],
    ['GLL,6005.071,N,02332.346,E,095559,A,D', { timeOfDayMs: 35_759_000, dayAt: undefined }],
    ['RMC,123519,A,,,,,,,230394,,', { timeOfDayMs: 45_319_000, dayAt: Date.UTC(1994, 2, 23) }],
    ['RMC,000000.000,A,,,,,,,290224,,', { timeOfDayMs: 0, dayAt: Date.UTC(2024, 1, 29) }],
    ['GLL,6005.071,N,02332.346,E,,A,D', undefined],
    ['HDT,274.1,T', undefined],
  ])('%s tells the time %j', (text, time) => {
    expect(read(text).time).toEqual(time);
  });

  test('a sentence that tells only the time says so', () => {
    expect(read('ZDA,095559,,,,00,').unusable).toBe('time only');
  });

  test('ION 54: degrees and minutes become decimal degrees, within a centimetre', () => {
    const minutes = fc.integer({ min: 0, max: 599_999 }).map((units) => units / 10_000);
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(89), minutes, fc.constantFrom('N', 'S')),
        fc.tuple(fc.nat(179), minutes, fc.constantFrom('E', 'W')),
        ([latitude, north, ns], [longitude, east, ew]) => {
          const text = (degrees: number, digits: number, size: number) =>
            String(degrees).padStart(digits, '0') + size.toFixed(4).padStart(7, '0');
          const line = `GLL,${text(latitude, 2, north)},${ns},${text(longitude, 3, east)},${ew},,A`;
          const [[, content] = ['', {}]] = measured(line);
          expect(content.latitudeDeg).toBeCloseTo((latitude + north / 60) * (ns === 'S' ? -1 : 1), 6);
          expect(content.longitudeDeg).toBeCloseTo((longitude + east / 60) * (ew === 'W' ? -1 : 1), 6);
        },
      ),
    );
  });

  test('whatever fields are empty, nothing is measured that the whole sentence does not measure', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.bigInt({ min: 0n, max: 2n ** 16n - 1n }),
        (sample, emptied) => {
          const whole = new Map(measured(sample));
          const fields = sample.split(',');
          const partly = fields.map((field, index) =>
            index > 0 && (emptied >> BigInt(index - 1)) & 1n ? '' : field,
          );
          for (const [type, content] of measured(partly.join(','))) {
            expect(whole.get(type)).toMatchObject(content);
            expect(Object.keys(content)).not.toHaveLength(0);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('takes any fields of any kind without failing, and either measures or says why not', () => {
    const kind = fc.constantFrom(...samples.map((sample) => sample.slice(0, 3)));
    const field = fc.oneof(fc.constantFrom('', 'A', 'N', 'T', 'M', '0', '-0', '12.5', '999999'), fc.string());
    fc.assert(
      fc.property(kind, fc.array(field, { maxLength: 12 }), (formatter, fields) => {
        const { measurements, unusable } = readSentence({ talker: 'II', formatter, fields });
        expect(measurements.length > 0).toBe(unusable === undefined);
        for (const { content } of measurements)
          for (const value of Object.values(content)) expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
