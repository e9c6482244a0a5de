import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatSentence, maxSentenceLength, parseSentence } from '../../../../src/apps/buoy/sentence.ts';

const depth = '$IIDBT,034.25,f,010.44,M,005.64,F*27';
const fieldCharacters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (character) => !'$!*\\,'.includes(character),
);
const sentence = fc.record({
  talker: fc.constantFrom('GP', 'II', 'WI', 'A1'),
  formatter: fc.constantFrom('GLL', 'DBT', 'MWV', 'X1Z'),
  fields: fc.array(fc.string({ unit: fc.constantFrom(...fieldCharacters), maxLength: 12 }), {
    maxLength: 20,
  }),
});

describe('parseSentence()', () => {
  test('ION 54: takes a sentence whose checksum is right', () => {
    expect(parseSentence(depth)).toEqual({
      talker: 'II',
      formatter: 'DBT',
      fields: ['034.25', 'f', '010.44', 'M', '005.64', 'F'],
    });
  });

  test('ION 54: flags one whose checksum is wrong', () => {
    expect(parseSentence(depth.replace('*27', '*28'))).toEqual({ unusable: 'checksum' });
    expect(parseSentence(depth.replace('010.44', '010.45'))).toEqual({ unusable: 'checksum' });
  });

  test('takes its hexadecimal digits in either case', () => {
    expect(parseSentence('$GPZDA,095559,,,,00,*4d')).toEqual(parseSentence('$GPZDA,095559,,,,00,*4D'));
  });

  test.each([
    ['', 'nothing'],
    ['hello', 'no beginning'],
    [' $IIHDT,,T*0C', 'something before it'],
    ['$IIHDT,,T*0C ', 'something behind it'],
    ['$IIHDT,,T*C', 'one digit'],
    ['$IIHDT,,T*0C*0C', 'two checksums'],
    ['$IIHDT,,T$IIHDT,,T*0C', 'two in one'],
    ['$*00', 'no address'],
    ['$HDT,,T*0C', 'an address that is too short, its checksum right'],
    ['$IIHDT,,\u0000T*0C', 'a control character'],
    ['$IIHDT,\u00e9,T*0C', 'beyond ASCII'],
  ])('%j is malformed: %s', (line) => {
    expect(parseSentence(line)).toEqual({ unusable: 'malformed' });
  });

  test('says when there is no checksum to look at', () => {
    expect(parseSentence('$IIHDT,,T')).toEqual({ unusable: 'no checksum' });
  });

  test('takes proprietary sentences and those that begin with !', () => {
    const own = formatSentence({ talker: '', formatter: 'PGRME', fields: ['15.0', 'M'] });
    expect(parseSentence(own)).toEqual({ talker: '', formatter: 'PGRME', fields: ['15.0', 'M'] });
    expect(parseSentence('!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C')).toMatchObject({
      talker: 'AI',
      formatter: 'VDM',
    });
  });

  test('refuses a line that is longer than any sentence', () => {
    const fields = ['x'.repeat(maxSentenceLength)];
    expect(parseSentence(formatSentence({ talker: 'GP', formatter: 'TXT', fields }))).toEqual({
      unusable: 'malformed',
    });
  });

  test('gives back what formatSentence() wrote', () => {
    fc.assert(
      fc.property(sentence, (given) => {
        const { fields } = given;
        expect(parseSentence(formatSentence(given))).toEqual({
          ...given,
          fields: fields.length === 0 ? [] : fields,
        });
      }),
    );
  });

  test('never takes a sentence in which one character was changed', () => {
    const characters = fc.constantFrom(...fieldCharacters, '$', '*', ',', '\\', '!', '\n', '\u00ff');
    fc.assert(
      fc.property(sentence, fc.nat(), characters, (given, position, character) => {
        const line = formatSentence(given);
        const index = position % line.length;
        fc.pre(line[index]?.toLowerCase() !== character.toLowerCase());
        // Either sign begins a sentence.
        fc.pre(index !== 0 || character !== '!');
        expect(parseSentence(line.slice(0, index) + character + line.slice(index + 1))).toHaveProperty(
          'unusable',
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('takes any text without failing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => void parseSentence(line)));
  });
});
