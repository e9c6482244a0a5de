import { describeBadEventInput } from './events-bad-input.ts';
import { describeDeadLetters } from './events-dead.ts';
import { describeDurableEvents } from './events-durable.ts';
import { describeEventGroups } from './events-groups.ts';
import { describeLiveEvents } from './events-live.ts';
import { describeOrderedEvents } from './events-ordered.ts';
import { describePublishOutcomes } from './events-outcomes.ts';
import { describeReplayedEvents } from './events-replay.ts';
import { describeStrangersEvents } from './events-strangers.ts';
import type { UseSystem } from './runner.ts';

/** Publish and subscribe: what is promised of events, whoever publishes and whoever subscribes. */
export function describeEvents(useSystem: UseSystem): void {
  describeLiveEvents(useSystem);
  describeEventGroups(useSystem);
  describeDurableEvents(useSystem);
  describeOrderedEvents(useSystem);
  describeReplayedEvents(useSystem);
  describeDeadLetters(useSystem);
  describePublishOutcomes(useSystem);
  describeStrangersEvents(useSystem);
  describeBadEventInput(useSystem);
}
