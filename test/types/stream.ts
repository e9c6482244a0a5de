/** What stream processes must and must not accept at compile time; see `contract.ts`. */
import {
  defineEvent,
  type EventContent,
  outputOf,
  type ReceivedEvent,
  StreamProcess,
  type StreamSource,
  Type,
} from '../../src/index.ts';

const Depth = defineEvent({ name: 'depth', version: '1.0.0', content: Type.Object({ m: Type.Number() }) });
const Feet = defineEvent({ name: 'feet', version: '1.0.0', content: Type.Object({ ft: Type.Number() }) });

export class Typed extends StreamProcess<typeof Depth> {
  readonly source: StreamSource<typeof Depth> = { type: Depth, replay: { from: 'first' } };
  async *transform({ m }: EventContent<typeof Depth>, { origin }: ReceivedEvent) {
    if (m < 0) return;
    yield outputOf(Feet, { ft: m / 0.3048 });
    yield [
      outputOf(Feet, { ft: m }, `${origin}.again`),
      { type: 'raw', content: m, qos: 'durable' as const },
    ];
  }
}

export class Untyped extends StreamProcess {
  readonly source = { type: 'sensor.*', durable: 'untyped', ordered: true };
  transform(content: unknown): void {
    void content;
  }
}

export class OtherSource extends StreamProcess<typeof Depth> {
  // @ts-expect-error the process is for depths
  readonly source = { type: Feet };
  transform() {}
}

export class OtherContent extends StreamProcess<typeof Depth> {
  readonly source = { type: Depth };
  // @ts-expect-error a depth has no text
  transform({ text }: { text: string }) {
    return outputOf(Feet, { ft: text.length });
  }
}

export class NoOutput extends StreamProcess<typeof Depth> {
  readonly source = { type: Depth };
  // @ts-expect-error a number is no output
  transform({ m }: EventContent<typeof Depth>) {
    return m;
  }
}

// @ts-expect-error it must say how it transforms
export class Half extends StreamProcess<typeof Depth> {
  readonly source = { type: Depth };
}

// @ts-expect-error feet are numbers
outputOf(Feet, { ft: 'three' });
// @ts-expect-error feet are in ft
outputOf(Feet, { m: 3 });
