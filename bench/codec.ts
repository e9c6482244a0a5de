/** What one message costs in the codec. Run: npx tsx bench/codec.ts */
import { Codec, makeMessage } from '../src/codec/index.ts';

const codec = new Codec();
const iterations = 500_000;
const own = 'ship_4711_a8f3k2Zw';
const target = 'shore_815_b9g4l3Xy';

const request = makeMessage({
  performative: 'request',
  conversationId: 'k3Jx9aQz_Zw.5',
  receiver: 'hello',
  sender: `${own}.12`,
  op: 'hello',
  content: { text: 'hello' },
  budgetMs: 15_000,
});
const reply = makeMessage({
  performative: 'inform_result',
  conversationId: 'k3Jx9aQz_Zw.5',
  receiver: `${own}.12`,
  sender: `${target}.7`,
  content: { text: 'hello' },
});
const sensor = {
  id: 5,
  name: 'pump',
  tags: ['a', 'b'],
  at: new Date(0),
  on: true,
  position: { x: 1.5, y: 2 },
};
const header = { container: own, sysname: 'fleet', sentAt: 1_760_000_000_005 };
const requestBytes = codec.encodeEnvelope(request, own);
const replyBytes = codec.encodeEnvelope(reply, target, own);
const requestFrame = codec.encodeFrame(header, [requestBytes]);
const replies = new Array<Uint8Array>(32).fill(replyBytes);
const replyFrame = codec.encodeFrame({ ...header, container: target }, replies);

function measure(name: string, work: () => unknown, perRun = 1): void {
  let best = Number.POSITIVE_INFINITY;
  const count = Math.ceil(iterations / perRun);
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now();
    for (let index = 0; index < count; index++) work();
    best = Math.min(best, ((performance.now() - startedAt) / count / perRun) * 1000);
  }
  console.log(`${name.padEnd(44)} ${best.toFixed(2).padStart(6)} µs`);
}

measure('copy {text}', () => codec.copy(request.content));
measure('copy an object of nine values', () => codec.copy(sensor));
measure(`encode request envelope (${requestBytes.length} bytes)`, () => codec.encodeEnvelope(request, own));
measure(`encode reply envelope (${replyBytes.length} bytes)`, () => codec.encodeEnvelope(reply, target, own));
measure('encode frame of one', () => codec.encodeFrame(header, [requestBytes]));
measure('encode frame of 32, per envelope', () => codec.encodeFrame(header, replies), 32);
measure('request: envelope and frame', () => codec.encodeFrame(header, [codec.encodeEnvelope(request, own)]));
measure(`decode frame of one request (${requestFrame.length} bytes)`, () =>
  codec.decodeFrame(requestFrame, target),
);
measure('decode frame of 32 replies, per message', () => codec.decodeFrame(replyFrame, own), 32);
