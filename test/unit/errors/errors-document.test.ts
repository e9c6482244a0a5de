import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { errorsDocument } from '../../../scripts/docs/errors-document.ts';
import { describeErrors } from '../../../src/errors/index.ts';

describe('docs/errors.md', () => {
  test('is what `npm run docs:errors` writes', () => {
    const path = join(import.meta.dirname, '../../../docs/errors.md');
    expect(readFileSync(path, 'utf8')).toBe(errorsDocument());
  });

  test('has a section for each code, below its link', () => {
    const document = errorsDocument();
    const sections = [...document.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(sections).toEqual(describeErrors().map(({ code }) => code));
    const anchors = [...document.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    const headings = sections.map((heading) => heading?.toLowerCase());
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });

  test('tells remedy and example of each', () => {
    const document = errorsDocument();
    for (const { remedy, example, className } of describeErrors()) {
      for (const text of [remedy, example, className]) expect(document).toContain(text);
    }
  });
});
