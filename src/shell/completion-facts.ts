import type { CompletionFacts, ReceiverFacts } from './completion.ts';
import { allDocs } from './helper-doc.ts';
import { hostedProcesses, hostedServices } from './services.ts';
import type { Shell } from './shell.ts';

/** What TAB can offer in a shell now. */
export async function completionFacts({ container, helpers, answered }: Shell): Promise<CompletionFacts> {
  const hosted = hostedServices(container);
  const elsewhere: ReceiverFacts[] = [...answered]
    .filter((name) => hosted.every((service) => service.name !== name))
    .map((name) => ({ name, operations: undefined }));
  const processes = container.processes.list();
  const runningApps = container.apps.list().map(({ instance }) => instance);
  const logPaths = [
    ...(container.logLevels?.entries().map(([path]) => path) ?? []),
    ...processes.map(({ name }) => `process.${name}`),
    ...runningApps.map((app) => `app.${app}`),
  ];
  return {
    helpers: allDocs(helpers),
    container: container.id,
    services: [...hosted, ...elsewhere],
    processes: hostedProcesses(container),
    apps: await container.apps.available(),
    runningApps,
    configPaths: container.config.paths,
    logPaths: [...new Set(logPaths)],
    logLevels: ['silent', 'error', 'warn', 'info', 'debug'],
  };
}
