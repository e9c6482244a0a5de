import { createRequire } from 'node:module';
import { ConfigurationError } from '../errors/index.ts';

/** The version of this package, by which releases ask for it. */
export function containerVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('ioncore/package.json');
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    return String(manifest.version);
  }
  throw new ConfigurationError('ioncore/package.json has no version; install the package anew');
}
