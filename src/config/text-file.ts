import { open, stat } from 'node:fs/promises';
import { ConfigurationError, messageOf } from '../errors/index.ts';

/** The largest `.app` or `.rel` file. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a small UTF-8 file; a byte order mark is dropped.
 *
 * @throws ConfigurationError when there is none, it cannot be read, is a directory or device, over 1 MiB, or not UTF-8
 */
export async function readTextFile(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    const reason = reasons[codeOf(cause)];
    // Where we have better words than the system, its own would only be said twice.
    if (reason !== undefined) throw refused(path, reason);
    throw refused(path, `the file cannot be read: ${messageOf(cause)}`, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(path, 'found bytes that are not UTF-8 text; save the file as UTF-8');
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  // Asked first: opening a pipe would wait for its writer.
  const stats = await stat(path);
  if (stats.isDirectory()) throw refused(path, 'expected a file, found a directory');
  if (!stats.isFile()) throw refused(path, 'expected a file, found a device, pipe or socket');
  const file = await open(path);
  try {
    // Bounded by what is read, not by what stat said: the file may be growing.
    const buffer = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > MAX_BYTES) throw refused(path, 'the file is over 1 MiB; expected a short description');
      if (bytesRead === 0) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

function refused(path: string, reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(`${path}: ${reason}`, { cause, details: { file: path } });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file: a part of its path is not a directory',
  EACCES: 'the file may not be read; check its permissions',
  EPERM: 'the file may not be read; check its permissions',
  ELOOP: 'the path is a ring of symbolic links',
};

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
