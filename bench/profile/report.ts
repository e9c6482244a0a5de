import type { CaseProfile } from './profile-case.ts';

/** A case's profile as text: for each program of each contestant the functions that took most of its time. */
export function profileText({ name, variant, contestants }: CaseProfile): string {
  const lines = [`${name}, ${variant}: where the time went, under Node's profiler`];
  for (const { name: contestant, programs } of contestants) {
    for (const { program, processes, busyMs, idleMs, functions } of programs) {
      const many = processes === 1 ? '' : `, ${processes} processes`;
      const busy = percentage(busyMs / (busyMs + idleMs));
      lines.push('', line(`  ${contestant}: ${program}${many}, ${busy} busy`, 'ms', 'share'));
      for (const { name, ms, share } of functions)
        lines.push(line(`    ${name}`, ms.toFixed(1), percentage(share)));
    }
  }
  return lines.join('\n');
}

function line(what: string, ms: string, share: string): string {
  return `${what.padEnd(80)}${ms.padStart(10)}${share.padStart(9)}`;
}

function percentage(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
