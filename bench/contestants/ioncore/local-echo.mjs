import { defineService, operation, Process, ServiceProcess, Type } from '../../../dist/index.js';
import { answerTo, check, maker } from '../shared/messages.mjs';

/** A clock is read only each so many calls. */
const callsPerLook = 64;

const make = maker(16);
const Message = Type.Object({ number: Type.Integer(), text: Type.String() });

export const Echo = defineService({
  name: 'echo',
  version: '1.0.0',
  operations: {
    echo: operation({ content: Message, result: Message }),
    note: operation({ content: Message, result: Type.Null() }),
    noted: operation({ content: Type.Null(), result: Type.Integer() }),
  },
});

/** One message at a time, like every process that says nothing else. */
export class EchoService extends ServiceProcess.for(Echo) {
  #noted = 0;

  /** @param {import('../shared/messages.mjs').Message} message */
  op_echo(message) {
    return answerTo(message);
  }

  op_note() {
    this.#noted += 1;
  }

  op_noted() {
    return this.#noted;
  }
}

/** The contract for clients that call one process, and not whoever is free. @param {string} id */
export function echoOf(id) {
  return { ...Echo, address: id };
}

/** @typedef {import('../../../dist/index.js').Client<typeof Echo>} EchoClient */

/** Calls until `until`, checks the answers, and gives how many. @param {EchoClient} client @param {number} until */
export async function callOn(client, until) {
  for (let number = 0; ; ) {
    await callOnce(client, number);
    number += 1;
    if (number % callsPerLook === 0 && performance.now() >= until) return number;
  }
}

/** @param {EchoClient} client @param {number} number */
async function callOnce(client, number) {
  const message = make(number);
  check(message, await client.echo(message));
}

/** A process that calls or sends in a loop. */
export class Caller extends Process {
  /** `address`: a process's id, or the service's name. */
  op_call({ address, until }) {
    return callOn(this.client(echoOf(address)), until);
  }

  /** A call after each batch: nobody sends faster than is received. */
  async op_cast({ address, batch, until }) {
    const client = this.client(echoOf(address));
    let sent = 0;
    do {
      for (let number = 0; number < batch; number += 1) void this.send(address, 'note', make(number));
      sent += batch;
      await callOnce(client, sent);
    } while (performance.now() < until);
    return sent;
  }
}
