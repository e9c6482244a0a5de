import { type CallPath, maxPathSteps, type PathStep } from '../codec/index.ts';
import { type Identity, resolveAddress } from '../exchange/index.ts';
import { isExhausted, ringVerdict } from './call-path.ts';
import type { PendingCall } from './pending-call.ts';

/**
 * Whether a call that prolongs `path` would wait for itself. Known at once, unless its service has instances in the path: whether there are
 * others only the broker can tell. While it cannot be asked the answer is no; at worst the call then times out.
 */
export function closesRing(
  { message: { receiver } }: PendingCall,
  path: CallPath,
  identity: Identity,
  countContainers: (service: string) => Promise<number>,
): boolean | Promise<boolean> {
  if (path.length > maxPathSteps) return true;
  // Only who serves a name can be asked by it again.
  const service = path.some(servesName) ? resolveAddress(receiver, identity).service : '';
  const verdict = ringVerdict(path, receiver, service);
  if (verdict !== 'ask') return verdict === 'closed';
  return countContainers(service).then(
    (containers) => isExhausted(path, service, containers),
    () => false,
  );
}

function servesName({ service }: PathStep): boolean {
  return service !== '';
}
