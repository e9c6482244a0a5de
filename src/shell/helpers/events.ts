import type { PublishOutcome } from '../../exchange/index.ts';
import type { PublishOptions, Subscription, SubscriptionStats } from '../../interact/index.ts';
import { type EventType, isEventType } from '../../process/index.ts';
import { defineHelper } from '../helper.ts';
import { checkOptionNames, requireText } from '../helper-arguments.ts';

/** A subscription as `subscriptions` shows it. */
export interface SubscriptionInfo
  extends Pick<Subscription, 'process' | 'kind' | 'name' | 'type' | 'origin' | 'position' | 'cancel'>,
    SubscriptionStats {}

const publishOptionNames: readonly (keyof PublishOptions)[] = ['qos', 'headers', 'within', 'actAs'];

export const publish = defineHelper({
  name: 'publish',
  signature: 'publish(type, origin, content?, options?)',
  summary: 'Publishes an event and gives what became of it',
  details:
    "type: a name such as 'sensor.depth', or what defineEvent() gave, whose content is then checked. origin: what it comes from, any text. content: null if " +
    "it is left out. options: { qos, headers }; qos: 'live' (if it is left out: at most once, to whoever listens), 'durable' (kept for durable subscriptions), 'replay' (kept " +
    "in the log of its type). Gives 'sent' (live), 'confirmed', 'unroutable' (no durable subscription takes it), 'rejected' (nobody has it) or 'unknown' (published " +
    'again it may come twice).',
  examples: [
    "publish('sensor.depth', 'ship7.echosounder', { belowTransducerM: 4.2 })",
    "publish('sensor.depth', 'ship7.echosounder', { belowTransducerM: 4.2 }, { qos: 'durable' })",
  ],
  bind:
    ({ container }) =>
    async (
      type: EventType | string,
      origin: string,
      content: unknown = null,
      options?: PublishOptions,
    ): Promise<PublishOutcome> => {
      const signature = 'publish(type, origin, content?, options?)';
      checkOptionNames(options, publishOptionNames, signature);
      const from = requireText(origin, 'the name of what it comes from', signature);
      if (isEventType(type)) return container.events.publish(type, from, content, options);
      return container.events.publish(requireText(type, 'an event type', signature), from, content, options);
    },
});

export const subscriptions = defineHelper({
  name: 'subscriptions',
  signature: 'subscriptions()',
  summary: 'What the processes of this container have subscribed to, with counters',
  details:
    'Gives an array of { process, kind, name, type, origin, received, handled, failed, dropped, waiting, position, cancel() }. kind: live, group, durable or ' +
    'replay; name: of a group or a durable one. failed: attempts whose handler failed. dropped: live events that found too many waiting. position: of a replay. ' +
    'The container itself, as whose the prompt subscribes, is number 0.',
  examples: [
    'subscriptions()',
    'subscriptions().filter((s) => s.dropped > 0)',
    'subscriptions().at(-1).cancel()',
  ],
  bind:
    ({ container, printer }) =>
    (): readonly SubscriptionInfo[] => {
      const all = container.events.subscriptions.map(infoOf);
      return printer.table(
        all,
        ['process', 'kind', 'name', 'type', 'origin', 'received', 'handled', 'failed', 'dropped', 'waiting'],
        `Subscriptions: ${all.length}`,
      );
    },
});

function infoOf(subscription: Subscription): SubscriptionInfo {
  const { process, kind, name, type, origin, position, stats } = subscription;
  return { process, kind, name, type, origin, ...stats, position, cancel: () => subscription.cancel() };
}
