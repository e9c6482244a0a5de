import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  ContainerError,
  defineService,
  type Handlers,
  operation,
  ServiceProcess,
  Type,
} from '../../../../src/index.ts';
import { Bytes, isContractDescription, type ProcessClass, Timestamp } from '../../../../src/process/index.ts';
import type { UseSystem } from './runner.ts';

const Order = Type.Object({ item: Type.String(), count: Type.Integer({ minimum: 1 }) });
const OutOfStock = Type.Object({ left: Type.Integer() });

const Shop = defineService({
  name: 'shop',
  version: '1.0.0',
  operations: {
    buy: operation({
      content: Order,
      result: Type.Number(),
      errors: { OutOfStock, Closed: Type.Object({}) },
    }),
    lie: operation({ errors: { OutOfStock } }),
    photo: operation({
      content: Type.Object({ image: Bytes({ maxLength: 4 }), at: Type.Optional(Timestamp()) }),
      result: Type.Union([Timestamp(), Type.Null()]),
    }),
    stock: operation({ content: Type.Integer(), result: Order, errors: { OutOfStock }, reply: 'stream' }),
  },
});

class ShopService extends ServiceProcess.for(Shop) implements Handlers<typeof Shop> {
  op_buy({ item, count }: { item: string; count: number }): number {
    if (item === 'fish') throw new Shop.errors.Closed();
    if (count > 2) throw new Shop.errors.OutOfStock({ left: 2 }, 'only two are left');
    return count * 3;
  }
  op_lie(): null {
    throw new Shop.errors.OutOfStock(JSON.parse('{"left": "many"}'));
  }
  op_photo({ at }: { image: Uint8Array; at?: Date }): Date | null {
    return at ?? null;
  }
  async *op_stock(count: number): AsyncGenerator<{ item: string; count: number }, void> {
    for (let left = count; left > 0; left -= 1) yield { item: 'rope', count: left };
    throw new Shop.errors.OutOfStock({ left: 0 });
  }
}

/** Another version of the shop, whose orders are what `content` takes. */
function shopOf(version: string, content: typeof Order | ReturnType<typeof Type.String>): ProcessClass {
  const contract = defineService({ name: 'shop', version, operations: { buy: operation({ content }) } });
  return class OtherShop extends ServiceProcess.for(contract) {
    op_buy(): void {}
  };
}
/** As the shop, and what it does not have yet. */
const Successor = defineService({
  name: 'shop',
  version: '1.1.0',
  operations: { ...Shop.operations, close: operation() },
});
class SuccessorService extends ServiceProcess.for(Successor) {
  op_buy(): number {
    return 1;
  }
  op_lie(): void {}
  op_photo(): null {
    return null;
  }
  op_stock(): void {}
  op_close(): void {}
}

/** Contracts: what arrives at the other end, and who may serve together. */
export function describeContracts(useSystem: UseSystem): void {
  describe('contracts', () => {
    const system = useSystem();

    const places = ['here', 'elsewhere'];

    test.each(places)(
      'rows 16, 48: a declared error arrives as itself, with its data, from %s',
      async (where) => {
        const client = (await shop(where)).client(Shop);
        expect(await client.buy({ item: 'rope', count: 2 })).toBe(6);
        const failed = await client.buy({ item: 'rope', count: 3 }).catch((error: unknown) => error);
        expect(failed).toBeInstanceOf(Shop.errors.OutOfStock);
        expect(failed).toMatchObject({
          code: 'OutOfStock',
          status: 409,
          message: 'only two are left',
          data: { left: 2 },
        });
        await expect(client.buy({ item: 'fish', count: 1 })).rejects.toBeInstanceOf(Shop.errors.Closed);
      },
    );

    test.each(places)('who has no contract gets a declared error by its code, from %s', async (where) => {
      const caller = await shop(where);
      await expect(caller.rpcSend('shop', 'buy', { item: 'rope', count: 9 })).rejects.toMatchObject({
        code: 'OutOfStock',
        details: { left: 2 },
      });
    });

    test.each(places)(
      'a declared error with other data than declared is Internal, from %s',
      async (where) => {
        await expect((await shop(where)).client(Shop).lie()).rejects.toMatchObject({
          code: 'Internal',
          message: expect.stringContaining('data.left: expected integer, found string "many"'),
        });
      },
    );

    test.each(places)('bytes and moments are checked and arrive as such, from %s', async (where) => {
      const client = (await shop(where)).client(Shop);
      const at = new Date('2026-01-31T12:00:00.123Z');
      expect(await client.photo({ image: Uint8Array.of(1), at })).toEqual(at);
      expect(await client.photo({ image: Uint8Array.of(1) })).toBeNull();
      await expect(client.photo({ image: new Uint8Array(5) })).rejects.toMatchObject({
        code: 'BadRequest',
        message: 'content.image: expected bytes of at most 4, found 5 bytes',
      });
    });

    test.each(places)(
      'a stream gives checked parts and ends with a declared error, from %s',
      async (where) => {
        const client = (await shop(where)).client(Shop);
        const counts: number[] = [];
        const reading = (async () => {
          for await (const { count } of client.stock(3)) counts.push(count);
        })();
        await expect(reading).rejects.toBeInstanceOf(Shop.errors.OutOfStock);
        expect(counts).toEqual([3, 2, 1]);
      },
    );

    test.each(places)(
      'every typed process tells its contract, although it is busy, from %s',
      async (where) => {
        const host = await system.current.container();
        const caller = where === 'here' ? host : await system.current.container();
        const Slow = defineService({ name: 'slow', version: '1.2.3', operations: { wait: operation() } });
        let release = (): void => undefined;
        let begin = (): void => undefined;
        const begun = new Promise<void>((resolve) => (begin = resolve));
        class SlowService extends ServiceProcess.for(Slow) implements Handlers<typeof Slow> {
          async op_wait(): Promise<void> {
            begin();
            await new Promise<void>((resolve) => (release = resolve));
          }
        }
        const id = await host.processes.spawn(SlowService);
        const waiting = caller.client(Slow).wait();
        await begun;
        const [byId, byName] = [
          await caller.rpcSend(id, 'contract'),
          await caller.rpcSend('slow', 'contract'),
        ];
        release();
        await waiting;
        expect([isContractDescription(byId), byName]).toEqual([true, byId]);
        expect(byId).toMatchObject({
          name: 'slow',
          version: '1.2.3',
          operations: { wait: { reply: 'single' } },
        });
      },
    );

    test.each(places)('row 50: a successor joins, and the one before it comes back, %s', async (where) => {
      const caller = await shop(where);
      const next = where === 'here' ? caller : await system.current.container();
      await next.processes.spawn(SuccessorService);
      const third = await system.current.container();
      await third.processes.spawn(ShopService);
      expect(third.info().services).toEqual(['shop']);
    });

    test.each(places)('row 50: a breaking change under the same major does not join, %s', async (where) => {
      const running = await shop(where);
      const container = where === 'here' ? running : await system.current.container();
      const before = container.processes.list().map(({ id }) => id);
      const refused = await container.processes
        .spawn(shopOf('1.5.0', Type.String()))
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ContainerError);
      expect(refused).toMatchObject({ code: 'Conflict', details: { joining: '1.5.0', running: '1.0.0' } });
      const { message } = refused instanceof Error ? refused : { message: '' };
      expect(message).toMatch(/^service 'shop': version 1\.5\.0 cannot join version 1\.0\.0/);
      expect(message).toContain('lie: operation removed');
      expect(message).toContain(
        'buy content: callers of 1.0.0 may send object {item, count}, 1.5.0 takes string',
      );
      expect(container.processes.list().map(({ id }) => id)).toEqual(before);
      expect(await running.client(Shop).buy({ item: 'rope', count: 1 })).toBe(3);
      await container.processes.spawn(shopOf('2.0.0', Type.String()));
      expect(await running.rpcSend('shop.v2', 'buy', 'rope')).toBeNull();
    });

    test('when the one that was running has ended, the other may serve', async () => {
      const host = await system.current.container();
      const other = await system.current.container();
      const id = await host.processes.spawn(shopOf('1.0.0', Order));
      await expect(other.processes.spawn(shopOf('1.1.0', Type.String()))).rejects.toMatchObject({
        code: 'Conflict',
      });
      await host.processes.terminateProcess(id);
      await other.processes.spawn(shopOf('1.1.0', Type.String()));
      expect(await host.rpcSend('shop', 'buy', 'rope')).toBeNull();
    });

    test('an untyped service is joined without comparing', async () => {
      class Untyped extends ServiceProcess {
        static readonly serviceName = 'shop';
        op_buy(): void {}
      }
      const host = await system.current.container();
      await host.processes.spawn(Untyped);
      const other = await system.current.container();
      await other.processes.spawn(ShopService);
      expect(other.info().services).toEqual(['shop']);
    });

    async function shop(where: string): Promise<Container> {
      const host = await system.current.container();
      await host.processes.spawn(ShopService);
      return where === 'here' ? host : system.current.container();
    }
  });
}
