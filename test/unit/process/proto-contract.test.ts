import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { EncodedContent, messageInfo } from '../../../src/codec/index.ts';
import { BadRequestError, ConfigurationError, ContainerError } from '../../../src/errors/index.ts';
import {
  type Caller,
  contractDescription,
  contractDiff,
  defineService,
  fromProto,
  makeClient,
  type ProtoOperation,
  protoService,
} from '../../../src/process/index.ts';

const pilot = join(import.meta.dirname, 'fixtures/proto/pilot.proto');

interface Port {
  name: string;
  berths: number;
}
interface Operations extends Record<string, ProtoOperation<Port, Port> | ProtoOperation<null, null>> {
  Guide: ProtoOperation<Port, Port>;
  Rest: ProtoOperation<null, null>;
}

/** A client whose calls are kept and answered with `answer`. */
async function makePilot(answer: unknown) {
  const calls: Parameters<Caller['call']>[] = [];
  const contract = await fromProto<Operations>(pilot, 'fleet.v1.Pilot');
  const client = makeClient(contract, {
    call: async (...call) => {
      calls.push(call);
      return answer;
    },
    stream: async function* () {},
  });
  return { calls, client, contract };
}

describe('fromProto()', () => {
  test('gives the contract of a service, by its full name', async () => {
    const contract = await fromProto(pilot, 'fleet.v1.Pilot');
    expect(contract).toMatchObject({
      name: 'fleet.v1.Pilot',
      address: 'fleet.v1.Pilot',
      version: '1.0.0',
      errors: {},
    });
    expect(Object.keys(contract.operations)).toEqual(['Guide', 'Follow', 'Rest']);
    expect(contract.operations.Guide).toMatchObject({ reply: 'single', idempotent: false });
    expect(contract.operations.Follow).toMatchObject({ reply: 'stream' });
    expect(contract.operations.Rest).toMatchObject({ idempotent: true });
  });

  test('takes a URL', async () => {
    expect(await fromProto(pathToFileURL(pilot), 'fleet.v1.Pilot')).toMatchObject({ name: 'fleet.v1.Pilot' });
  });

  test('the contract can have another name and version', async () => {
    const contract = await fromProto<Operations>(pilot, 'fleet.v1.Pilot');
    const other = defineService({ ...contract, name: 'pilot', version: '2.0.0' });
    expect(other.address).toBe('pilot.v2');
    expect(other.operations.Guide).toBe(contract.operations.Guide);
  });

  test('describes its schemas for people and tools', async () => {
    const { operations } = contractDescription(await fromProto(pilot, 'fleet.v1.Pilot'));
    expect(operations.Guide?.content).toMatchObject({
      type: 'object',
      title: 'fleet.v1.Port',
      properties: { name: { type: 'string' }, berths: { type: 'integer' } },
    });
    expect(operations.Guide?.content.required).toBeUndefined();
    expect(operations.Follow?.result).toMatchObject({
      properties: {
        id: { type: 'bigint' },
        bearings: { type: 'array' },
        further: { title: 'fleet.v1.Route' },
      },
    });
    expect(operations.Rest).toMatchObject({ content: { type: 'null' }, result: { type: 'null' } });
  });

  test('fits older and newer versions that differ by fields and values; other types of a field break', () => {
    const version = (fields: object, values: object) =>
      contractDescription(
        protoService({
          name: 't.S',
          operations: { Pass: { content: 't.P', result: 't.P' } },
          types: JSON.parse(JSON.stringify({ nested: { t: { nested: { P: { fields }, E: { values } } } } })),
        }),
      );
    const a = { type: '.t.E', id: 1 };
    const older = version({ a }, { NONE: 0 });
    const newer = version({ a, b: { type: '.t.P', id: 2 } }, { NONE: 0, CALM: 1 });
    expect(contractDiff(older, newer)).toEqual([]);
    expect(contractDiff(newer, older)).toEqual([]);
    const other = version({ a: { type: 'bool', id: 1 } }, { NONE: 0 });
    expect(contractDiff(older, other).map(({ path }) => path)).toContain('content.a');
  });

  test.each([
    ['fleet.v1.Pilto', /pilot\.proto has no service 'fleet\.v1\.Pilto'; did you mean 'fleet\.v1\.Pilot'\?$/],
    ['Harbour', /pilot\.proto has no service 'Harbour'; it has fleet\.v1\.Pilot$/],
  ])('refuses a service that is not there: %s', async (service, message) => {
    await expect(fromProto(pilot, service)).rejects.toThrow(ConfigurationError);
    await expect(fromProto(pilot, service)).rejects.toThrow(message);
  });

  test('refuses a file that is not there', async () => {
    await expect(fromProto('no/such.proto', 'a.B')).rejects.toThrow('no/such.proto: there is no such file');
  });
});

describe('protoService()', () => {
  test('refuses names that a contract cannot have', () => {
    const types = { nested: {} };
    expect(() => protoService({ name: 'a b', operations: {}, types })).toThrow(BadRequestError);
    const ping = { content: 'google.protobuf.Empty', result: 'google.protobuf.Empty' };
    expect(() => protoService({ name: 'a', operations: { ping }, types })).toThrow(
      "'ping' is the container's own",
    );
  });
});

describe('makeClient() of a protobuf contract', () => {
  test('sends bytes, with the headers that say so besides the caller’s own', async () => {
    const { calls, client, contract } = await makePilot(null);
    expect(await client.Rest(null, { headers: { mine: 'x' }, timeoutMs: 5 })).toBeNull();
    await expect(client.Guide({ name: 'Oslo' })).rejects.toBeInstanceOf(ContainerError);
    const { codec } = contract.operations.Guide;
    expect(calls).toEqual([
      [
        'fleet.v1.Pilot',
        'Rest',
        new Uint8Array(0),
        {
          idempotent: true,
          timeoutMs: 5,
          headers: { mine: 'x', encoding: 'protobuf', format: 'google.protobuf.Empty' },
        },
      ],
      [
        'fleet.v1.Pilot',
        'Guide',
        codec.content.encode({ name: 'Oslo' }, 'content').bytes,
        { idempotent: false, headers: { encoding: 'protobuf', format: 'fleet.v1.Port' } },
      ],
    ]);
    expect(codec.content.encode({}, 'content')).toBeInstanceOf(EncodedContent);
  });

  test('gives a plain answer the same form as an encoded one', async () => {
    const { client } = await makePilot({ bearings: [1], id: '5' });
    const answer: unknown = await client.Guide({});
    expect(answer).toEqual({ bearings: [1], id: 5n });
    expect(messageInfo(answer)?.type).toBe('fleet.v1.Route');
  });

  test('refuses an answer that its contract does not allow', async () => {
    const words = 'fleet.v1.Pilot.Guide answered what its contract does not allow: result';
    const { client } = await makePilot(Uint8Array.of(0xff));
    await expect(client.Guide({})).rejects.toThrow(`${words}: not a fleet.v1.Route: `);
    const other = await makePilot({ berings: [] });
    await expect(other.client.Guide({})).rejects.toThrow(
      `${words}.berings: 'berings' is no field of fleet.v1.Route; did you mean 'bearings'?`,
    );
    await expect(other.client.Guide({})).rejects.toMatchObject({
      code: 'Internal',
      details: { path: 'result.berings' },
    });
  });
});
