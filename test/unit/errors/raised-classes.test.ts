import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeErrors } from '../../../src/errors/index.ts';

const root = join(import.meta.dirname, '../../../src');

describe('src/', () => {
  test('raises no code that has a class as a plain ContainerError, which `instanceof` would miss', () => {
    const withClass = new Set<string>(
      describeErrors()
        .filter(({ className }) => className !== 'ContainerError')
        .map(({ code }) => code),
    );
    const plain = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(join(root, file), 'utf8').matchAll(/new ContainerError\(([^,)]*)/g)].flatMap(
          ([, first = '']) =>
            [...first.matchAll(/'(\w+)'/g)]
              .filter(([, code = '']) => withClass.has(code))
              .map(([, code]) => `${file}: ${code}`),
        ),
      );
    expect(plain).toEqual([]);
  });
});
