import { Type } from 'typebox';
import { defineSection } from '../config/index.ts';
import { defaultCodecLimits } from './limits.ts';

/** What one message may cost. Both ends should hold the same. */
export const codecConfig = defineSection('codec', {
  maxFrameBytes: Type.Integer({
    minimum: 4096,
    default: defaultCodecLimits.maxFrameBytes,
    description: 'Bytes of a frame, and of the body of a JSON message',
  }),
  maxEnvelopeBytes: Type.Integer({
    minimum: 1024,
    default: defaultCodecLimits.maxEnvelopeBytes,
    description: 'Bytes of one message; at least 1024 less than a frame',
  }),
  maxDepth: Type.Integer({
    minimum: 1,
    maximum: 500,
    default: defaultCodecLimits.maxDepth,
    description: 'How deep lists and maps of a content may nest',
  }),
  maxValues: Type.Integer({
    minimum: 1,
    default: defaultCodecLimits.maxValues,
    description: 'Values that one message may hold',
  }),
});
