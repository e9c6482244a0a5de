import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { projectNames } from '../../../src/cli/new-names.ts';
import { UsageError } from '../../../src/cli/usage-error.ts';

describe('projectNames()', () => {
  test.each([
    ['tides', 'Tides', 'TidesService', 'tides-service'],
    ['nav.tides', 'NavTides', 'NavTidesService', 'nav.tides-service'],
    ['deep_sea-buoy', 'DeepSeaBuoy', 'DeepSeaBuoyService', 'deep_sea-buoy-service'],
    ['CTD', 'CTD', 'CTDService', 'ctd-service'],
    ['3d', 'Service3d', 'Service3dService', '3d-service'],
    ['_x', 'X', 'XService', 'x-service'],
    ['_', 'Service', 'ServiceService', 'ioncore-service'],
    // What the files import, and what JavaScript has already, is not hidden.
    ['container', 'ContainerContract', 'ContainerService', 'container-service'],
    ['type', 'TypeContract', 'TypeService', 'type-service'],
    ['date', 'DateContract', 'DateService', 'date-service'],
    ['ioncore', 'Ioncore', 'IoncoreService', 'ioncore-service'],
  ])('for %s are %s, %s and %s', (name, contract, serviceClass, packageName) => {
    expect(projectNames(name)).toEqual({
      name,
      yamlName: name,
      contract,
      class: serviceClass,
      package: packageName,
    });
  });

  test('are text in YAML, JavaScript names and a name for npm, whatever the service is called', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segment, (segments, last) => {
        const name = [...segments, `${last}x`].join('.');
        fc.pre(!name.startsWith('-'));
        const names = projectNames(name);
        expect(parse(`[${names.yamlName}]`)).toEqual([name]);
        for (const identifier of [names.contract, names.class])
          expect(identifier).toMatch(/^[A-Z][A-Za-z0-9]*$/);
        expect(names.contract).not.toBe(names.class);
        expect(names.package).toMatch(/^[a-z0-9][a-z0-9._-]*-service$/);
      }),
    );
  });

  test.each(['null', 'true', 'False', '0x1F'])('are text in YAML for %s', (name) => {
    expect(parse(projectNames(name).yamlName)).toBe(name);
  });

  test.each([
    ['a b', /service name 'a b' is not a name: use segments of/],
    ['', /is not a name/],
    ['../x', /is not a name/],
    ['a..b', /is not a name/],
    ['~x', /'~' is reserved/],
    ['a.17', /ends in a number.*let it end in a letter/],
    ['x'.repeat(101), /101 characters; at most 100/],
    ['-x', /begins with '-', as options do; let it begin with a letter/],
  ])('refuses %p as a usage error', (name, message) => {
    expect(() => projectNames(name)).toThrow(UsageError);
    expect(() => projectNames(name)).toThrow(message);
  });
});
