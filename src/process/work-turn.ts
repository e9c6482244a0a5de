import type { Handling, HandlingHost } from './handling.ts';
import type { BoundOperation } from './operation-table.ts';
import type { RunningStreams } from './running-streams.ts';
import type { WorkHost, WorkKind } from './work-host.ts';

/** Whose turn it is to handle something: the process's work loop, as far as one handling is concerned. */
export interface WorkTurn extends HandlingHost {
  readonly host: WorkHost;
  readonly kind: WorkKind;
  readonly streams: RunningStreams;
  /** It counts as running from now on. `operation`: whose limit it counts against. */
  begin(handling: Handling, operation: BoundOperation | undefined): void;
  /** It is over, and settled; the next may begin within this call. To be called once. `tookMs`: since it was begun, if that is known. */
  end(handling: Handling, operation: BoundOperation | undefined, tookMs?: number): void;
}
