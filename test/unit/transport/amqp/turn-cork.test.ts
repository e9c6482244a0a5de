import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { TurnCork } from '../../../../src/transport/amqp/turn-cork.ts';
import { systemEnv } from '../../../../src/util/index.ts';

/** A socket that notes what leaves with each system call. */
class Socket extends Duplex {
  readonly calls: string[] = [];

  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.calls.push(chunk.toString());
    done();
  }
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.calls.push(chunks.map(({ chunk }) => chunk.toString()).join('+'));
    done();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('TurnCork', () => {
  test('#cork(): what is written in a turn leaves together, after what is written in the next', async () => {
    const stream = new Socket();
    const cork = new TurnCork({ stream }, systemEnv().scheduler);
    for (const piece of ['one', 'two', 'three']) {
      cork.cork();
      stream.write(piece);
    }
    await turn();
    expect(stream.calls).toEqual([]);
    await turn();
    expect(stream.calls).toEqual(['one+two+three']);
    stream.write('four');
    expect(stream.calls).toEqual(['one+two+three', 'four']);
  });

  test('#corkNext(): the pieces that a channel writes in its next turn leave together', async () => {
    const stream = new Socket();
    const cork = new TurnCork({ stream }, systemEnv().scheduler);
    await turn();
    // As amqplib's channels do.
    process.nextTick(() =>
      setImmediate(() => {
        for (const piece of ['header', 'body']) stream.write(piece);
      }),
    );
    cork.corkNext();
    await turn();
    await turn();
    expect(stream.calls).toEqual(['header+body']);
  });

  test.each([[{}], [{ stream: undefined }], [{ stream: { write: () => true } }]])(
    'leaves a connection alone that has no socket: %j',
    (connection) => {
      const cork = new TurnCork(connection, systemEnv().scheduler);
      cork.cork();
      cork.corkNext();
    },
  );
});
