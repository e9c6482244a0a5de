import { register } from 'node:module';
import { hookFile } from './hook-file.ts';

// Hooks belong to the whole Node process, like the modules they load. Node evaluates this file once, however often it is imported: that
// is what registers them once, for any number of containers.
register(hookFile('typescript-hook'));
