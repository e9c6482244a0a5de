import type { Container, ContainerInfo } from '../../container/index.ts';
import { messageOf } from '../../errors/index.ts';
import { defineHelper } from '../helper.ts';
import { renderList } from '../table.ts';

export const cc = defineHelper({
  name: 'cc',
  signature: 'cc',
  summary: 'The container itself: the object that the other helpers work on',
  details:
    'cc.processes, cc.apps, cc.config, cc.logger, cc.client(Contract) and what else the API of Container has.',
  examples: ['cc.id', 'cc.processes.services()'],
  bind: ({ container }): Container => container,
});

export const info = defineHelper({
  name: 'info',
  signature: 'info()',
  summary: 'Facts about this container',
  details:
    'Gives { id, sysname, state, broker, processes, services, apps, conversations, inbox, transport }.',
  examples: ['info()', 'info().conversations.pending'],
  bind:
    ({ container, printer }) =>
    (): ContainerInfo => {
      const facts = container.info();
      return printer.view(facts, () =>
        renderList(Object.entries(facts).map(([name, fact]) => [name, words(fact)])),
      );
    },
});

/** A fact in one line: lists as they are, the members of an object after each other. */
function words(fact: unknown): unknown {
  if (typeof fact !== 'object' || fact === null) return fact;
  if (Array.isArray(fact)) return fact.length === 0 ? 'none' : fact.join(' ');
  const { type, ...rest } = Object.fromEntries(Object.entries(fact));
  const members = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? messageOf(value) : String(value)}`,
  );
  return type === undefined ? members.join(', ') : [type, ...members].join(', ');
}
