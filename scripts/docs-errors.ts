/** Writes `docs/errors.md` from the catalogue; test/unit/errors/errors-document.test.ts tells when that is due. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsDocument } from './docs/errors-document.ts';

writeFileSync(join(import.meta.dirname, '../docs/errors.md'), errorsDocument());
