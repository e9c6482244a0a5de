import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { classOfMember, classOn } from './class-of-member.ts';
import { type CallFrame, outsideFunctions } from './cpu-profile.ts';
import type { Locate, Origin } from './source-maps.ts';

const outside: Readonly<Record<string, string>> = outsideFunctions;

/**
 * What people call a function: `Class#method`, `Class.method` if it is static, `new Class`, else `name file:line`, of the sources as far as there are source
 * maps. Files below `root` without it, packages as `node_modules/…`.
 */
export function functionNames(root: string, locate: Locate): (frame: CallFrame) => string {
  const rootUrl = pathToFileURL(root).href;
  const sources = new Map<string, readonly string[]>();
  const linesOf = (url: string): readonly string[] => {
    const lines = sources.get(url) ?? readLines(url);
    sources.set(url, lines);
    return lines;
  };
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName === '' ? '(anonymous)' : functionName;
    if (url === '') return lineNumber < 0 ? nativeName(name) : `${name}, made at run time`;
    const origin = locate(url, lineNumber + 1, columnNumber) ?? { url, line: lineNumber + 1 };
    return (
      memberName(functionName, linesOf(origin.url), origin.line) ?? `${name} ${placeOf(origin, rootUrl)}`
    );
  };
}

function nativeName(name: string): string {
  // How Node's streams write to libuv's handles.
  if (/^write(v|Buffer|\w+String)$/.test(name)) return 'writing to sockets';
  return outside[name] ?? `${name}, native`;
}

function memberName(functionName: string, lines: readonly string[], line: number): string | undefined {
  const text = lines[line - 1] ?? '';
  const begun = classOn(text);
  // A class without a constructor, and what sets its fields, begin where it does.
  if (begun !== undefined && (functionName === begun || functionName.startsWith('<instance_members')))
    return `new ${begun}`;
  const around = functionName === '' ? undefined : classOfMember(lines, line);
  if (around === undefined) return undefined;
  if (functionName === around) return `new ${around}`;
  return `${around}${/^\s*(\w+ )*static /.test(text) ? '.' : '#'}${functionName.replace(/^([gs]et )?#?/, '')}`;
}

function placeOf({ url, line }: Origin, rootUrl: string): string {
  // What Node is made of cannot be looked up.
  if (url.startsWith('node:')) return url;
  const packages = url.lastIndexOf('/node_modules/');
  if (packages >= 0) return `${url.slice(packages + 1)}:${line}`;
  return `${url.startsWith(rootUrl) ? url.slice(rootUrl.length) : url}:${line}`;
}

function readLines(url: string): readonly string[] {
  try {
    return readFileSync(fileURLToPath(url), 'utf8').split('\n');
  } catch {
    return [];
  }
}
