import { describe, expect, test } from '@jest/globals';
import { ContentJson } from '../../../src/cli/content-json.ts';
import { resolveCodecLimits } from '../../../src/codec/index.ts';

const json = new ContentJson(resolveCodecLimits({ maxFrameBytes: 4096, maxEnvelopeBytes: 2048 }));

describe('ContentJson', () => {
  test('reads and shows bytes and moments as the wire protocol has them', () => {
    const text = '{"at":{"$date":"2026-11-21T20:15:00.000Z"},"raw":{"$bytes":"AQI="}}';
    const content = json.read(Buffer.from(text));
    expect(content).toEqual({ at: new Date('2026-11-21T20:15:00Z'), raw: new Uint8Array([1, 2]) });
    expect(json.text(content)).toBe(text);
    expect(json.value(content)).toEqual(JSON.parse(text));
  });

  test('text() moves no cursor and is the same JSON all the same', () => {
    const text = json.text({ 'a\u009b': 'x\u001b[2J\u202e\u2028' });
    expect(text).toMatch(/^[ -~]+$/);
    expect(JSON.parse(text)).toEqual({ 'a\u009b': 'x\u001b[2J\u202e\u2028' });
  });

  test('shows what is longer than a message may be', () => {
    expect(json.text(new Uint8Array(9000))).toHaveLength(12_000 + '{"$bytes":""}'.length);
  });

  test('refuses what is no JSON, and what is too long', () => {
    expect(() => json.read(Buffer.from('hello'))).toThrow(/not JSON/);
    expect(() => json.read(Buffer.alloc(5000, ' '))).toThrow(/maxFrameBytes is 4096/);
    expect(json.maxBytes).toBe(4096);
  });
});
