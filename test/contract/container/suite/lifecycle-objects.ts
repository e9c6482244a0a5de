import { describe, expect, test } from '@jest/globals';
import { IllegalStateError, LifecycleObject, Process } from '../../../../src/index.ts';
import { turns } from '../../../../src/testing/eventually.ts';
import type { UseSystem } from './runner.ts';

/** Writes its steps into a journal that it shares with its owner; fails where it is told to. */
class Part extends LifecycleObject {
  readonly #name: string;
  readonly #journal: string[];
  readonly #failsIn: string | undefined;

  constructor(name: string, journal: string[] = [], failsIn?: string) {
    super();
    this.#name = name;
    this.#journal = journal;
    this.#failsIn = failsIn;
  }

  protected override onInitialize(): Promise<void> {
    return this.#step('initialize');
  }
  protected override onActivate(): Promise<void> {
    return this.#step('activate');
  }
  protected override onTerminate(): Promise<void> {
    return this.#step('terminate');
  }

  async #step(step: string): Promise<void> {
    await turns(1);
    if (step === this.#failsIn) throw new Error(`${this.#name} does not ${step}`);
    this.#journal.push(`${this.#name} ${step}`);
  }
}

/** Lifecycle objects that processes register. */
export function describeLifecycleObjects(useSystem: UseSystem): void {
  describe('registered lifecycle objects', () => {
    const system = useSystem();

    test('ION 20: objects registered before, during and after onInit and onActivate end in the state of their owner', async () => {
      const container = await system.current.container();
      const parts: Record<string, Part> = {};
      const part = (name: string): Part => {
        parts[name] = new Part(name);
        return parts[name];
      };
      const states = () => Object.entries(parts).map(([name, { state }]) => `${name} ${state}`);
      const seen: string[][] = [];
      class Owner extends Process {
        readonly first = this.addLifecycleObject(part('constructor'));

        override onInit(): void {
          seen.push(states());
          this.addLifecycleObject(part('onInit'));
          void this.registerLifecycleObject(part('onInit, registered'));
        }
        override onActivate(): void {
          seen.push(states());
          void this.registerLifecycleObject(part('onActivate'));
        }
        async op_add(): Promise<string | undefined> {
          await this.registerLifecycleObject(part('operation'));
          return parts.operation?.state;
        }
      }
      const id = await container.processes.spawn(Owner, { activate: false });
      expect(states()).toEqual(['constructor READY', 'onInit READY', 'onInit, registered READY']);
      await container.rpcSend(id, 'activate');
      expect(states()).toEqual([
        'constructor ACTIVE',
        'onInit ACTIVE',
        'onInit, registered ACTIVE',
        'onActivate ACTIVE',
      ]);
      expect(seen).toEqual([
        ['constructor READY'],
        ['constructor ACTIVE', 'onInit ACTIVE', 'onInit, registered ACTIVE'],
      ]);
      expect(await container.rpcSend(id, 'add')).toBe('ACTIVE');
      await container.processes.terminateProcess(id);
      expect(Object.values(parts).map(({ state }) => state)).toEqual(Array(5).fill('TERMINATED'));
    });

    test('ION 20: hooks find the objects of their process working: initialised before onInit, terminated after onTerminate', async () => {
      const container = await system.current.container();
      const journal: string[] = [];
      class Owner extends Process {
        readonly part = this.addLifecycleObject(new Part('part', journal));

        override onInit(): void {
          journal.push('onInit');
        }
        override onActivate(): void {
          journal.push('onActivate');
        }
        override onTerminate(): void {
          journal.push('onTerminate');
        }
      }
      const id = await container.processes.spawn(Owner);
      await container.processes.terminateProcess(id);
      expect(journal).toEqual([
        'part initialize',
        'onInit',
        'part activate',
        'onActivate',
        'onTerminate',
        'part terminate',
      ]);
    });

    test('ION 20: one that fails stays in ERROR; the others and the process go on', async () => {
      const container = await system.current.container();
      const parts = [
        new Part('sound'),
        new Part('broken', [], 'initialize'),
        new Part('lame', [], 'activate'),
      ];
      class Owner extends Process {
        constructor(...args: ConstructorParameters<typeof Process>) {
          super(...args);
          for (const part of parts) this.addLifecycleObject(part);
        }
        op_states(): string[] {
          return parts.map(({ state }) => state);
        }
        async op_register(): Promise<string> {
          await this.registerLifecycleObject(new Part('late', [], 'activate'));
          return 'registered';
        }
      }
      const id = await container.processes.spawn(Owner);
      expect(await container.rpcSend(id, 'states')).toEqual(['ACTIVE', 'ERROR', 'ERROR']);
      await expect(container.rpcSend(id, 'register')).rejects.toThrow('late does not activate');
      await container.processes.terminateProcess(id);
      expect(parts.map(({ state }) => state)).toEqual(['TERMINATED', 'ERROR', 'ERROR']);
    });

    test('ION 21: when the owner goes to ERROR its objects are terminated; one that fails at it ends in ERROR, its siblings TERMINATED', async () => {
      const container = await system.current.container();
      const parts = [new Part('one'), new Part('misbehaving', [], 'terminate'), new Part('three')];
      const boom = new Error('no bottom in sight');
      class Owner extends Process {
        override onInit(): void {
          for (const part of parts) this.addLifecycleObject(part);
        }
        override onActivate(): void {
          expect(parts.map(({ state }) => state)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
          throw boom;
        }
      }
      await expect(container.processes.spawn(Owner)).rejects.toBe(boom);
      expect(parts.map(({ state }) => state)).toEqual(['TERMINATED', 'ERROR', 'TERMINATED']);
      expect(container.processes.list()).toEqual([]);
    });

    test('ION 21: addLifecycleObject() after INIT is an IllegalState error; after the end nothing can be registered', async () => {
      const container = await system.current.container();
      const [early, late] = [new Part('early'), new Part('late')];
      class Owner extends Process {
        override onActivate(): void {
          expect(() => this.addLifecycleObject(early)).toThrow(IllegalStateError);
        }
        op_add(): void {
          this.addLifecycleObject(early);
        }
      }
      const id = await container.processes.spawn(Owner);
      const owner = container.processes.get(id);
      await expect(container.rpcSend(id, 'add')).rejects.toMatchObject({
        code: 'IllegalState',
        message: `process ${id} is ACTIVE, and addLifecycleObject is for INIT; take registerLifecycleObject`,
      });
      await container.processes.terminateProcess(id);
      await expect(owner?.registerLifecycleObject(late)).rejects.toMatchObject({
        code: 'IllegalState',
        message: 'Part cannot be registered: its owner has ended',
      });
      expect([early.state, late.state]).toEqual(['INIT', 'INIT']);
    });
  });
}
