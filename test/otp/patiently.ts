import { turns } from '../../src/testing/index.ts';

/** More turns of the event loop than anything here needs. */
const patience = 2_000;

/** @throws Error when it does not come to an end, instead of waiting for ever */
export async function patiently<Result>(what: string, work: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  work.then(over, over);
  for (let turn = 0; turn < patience; turn += 1) {
    if (isOver) return work;
    await turns(1);
  }
  throw new Error(`stuck: ${what} does not come`);
}
