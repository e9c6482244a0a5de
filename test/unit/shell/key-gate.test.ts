import { beforeEach, describe, expect, test } from '@jest/globals';
import { KeyGate } from '../../../src/shell/key-gate.ts';
import { turns } from '../../../src/testing/eventually.ts';
import { FakeTerminal } from './fake-terminal.ts';

const ctrlC = '\u0003';
let terminal: FakeTerminal;
let gate: KeyGate;
let passed: string[];
let interrupts: number;

beforeEach(() => {
  terminal = new FakeTerminal();
  gate = new KeyGate(terminal.input);
  passed = [];
  interrupts = 0;
  gate.on('data', (keys: Buffer) => passed.push(keys.toString()));
});

const hold = () =>
  gate.hold(() => {
    interrupts += 1;
  });

describe('KeyGate', () => {
  test('passes keys on at once, up to an Enter at a time', () => {
    terminal.type('ab');
    terminal.type('c\rd\ne');
    expect(passed).toEqual(['ab', 'c\r', 'd\n', 'e']);
  });

  test('holds keys while it is told to', () => {
    hold();
    terminal.type('a\r');
    terminal.type('b');
    expect(passed).toEqual([]);
    gate.release();
    expect(passed).toEqual(['a\r', 'b']);
    terminal.type('c');
    expect(passed).toEqual(['a\r', 'b', 'c']);
  });

  test('holds the rest of what was pasted with the Enter that begins the work', () => {
    gate.once('data', hold);
    terminal.type('await x\r1 + 1\r');
    expect(passed).toEqual(['await x\r']);
    gate.release();
    expect(passed).toEqual(['await x\r', '1 + 1\r']);
  });

  test('passes Ctrl-C to whoever holds, and drops what was typed before it', () => {
    hold();
    terminal.type('typed ahead');
    terminal.type(`more${ctrlC}after`);
    expect({ interrupts, passed }).toEqual({ interrupts: 1, passed: [] });
    gate.release();
    expect(passed).toEqual(['after']);
  });

  test('passes a Ctrl-C that comes together with the Enter of a line to whoever holds from that Enter on', () => {
    gate.once('data', hold);
    terminal.type(`await x\rtyped ahead${ctrlC}after`);
    expect({ interrupts, passed }).toEqual({ interrupts: 1, passed: ['await x\r'] });
    gate.release();
    expect(passed).toEqual(['await x\r', 'after']);
  });

  test('passes Ctrl-C as a key while nobody holds', () => {
    terminal.type(ctrlC);
    expect({ interrupts, passed }).toEqual({ interrupts: 0, passed: [ctrlC] });
  });

  test('holds keys while it is paused', async () => {
    gate.pause();
    terminal.type('a');
    expect(passed).toEqual([]);
    gate.resume();
    await turns();
    expect(passed).toEqual(['a']);
  });

  test('types text before what is typed ahead', () => {
    hold();
    terminal.type('b');
    gate.type('a\r');
    gate.release();
    expect(passed).toEqual(['a\r', 'b']);
  });

  test('has the raw mode of the terminal, and ends with it', async () => {
    gate.setRawMode(true);
    expect([gate.isRaw, terminal.input.isRaw]).toEqual([true, true]);
    const ended = new Promise((resolve) => gate.once('end', resolve));
    terminal.input.emit('end');
    await ended;
  });

  test('leaves the terminal alone once it is closed', () => {
    gate.close();
    terminal.type('a');
    expect(passed).toEqual([]);
    expect(terminal.input.isPaused()).toBe(true);
  });
});
