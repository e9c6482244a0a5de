import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadModule } from '../app/index.ts';
import { ConfigurationError, messageOf } from '../errors/index.ts';
import {
  type ContractDescription,
  contractDescription,
  isContract,
  isContractDescription,
} from '../process/index.ts';

/**
 * The contracts that a file holds: a JSON file as `ioncore contract show --json` writes it, or those that a module exports, each once, in
 * the order of their names. A module is a path from the working directory, or a package.
 *
 * @throws ConfigurationError if it cannot be read or loaded, or holds none
 */
export async function readContracts(source: string): Promise<readonly ContractDescription[]> {
  const found = source.endsWith('.json') ? await readDescriptions(source) : await loadContracts(source);
  if (found.length === 0) {
    throw new ConfigurationError(`${source} exports no contract; contracts are made with defineService()`);
  }
  return found;
}

async function readDescriptions(file: string): Promise<readonly ContractDescription[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ConfigurationError(`${file} cannot be read as JSON: ${messageOf(cause)}`, { cause });
  }
  const all: readonly unknown[] = Array.isArray(json) ? json : [json];
  return all.map((one, index) => {
    if (isContractDescription(one)) return one;
    const where = Array.isArray(json) ? `${file}: [${index}]` : file;
    throw new ConfigurationError(
      `${where} is no contract; such files are written by: ioncore contract show MODULE --json`,
    );
  });
}

async function loadContracts(source: string): Promise<readonly ContractDescription[]> {
  const specifier = (await isFile(source)) ? resolve(source) : source;
  const exported = await loadModule(specifier, source, resolve('module'));
  const contracts = new Set(Object.values(exported).filter(isContract));
  return [...contracts].map(contractDescription).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
