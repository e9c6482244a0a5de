import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ms, svc } from '../../../../src/shell/helpers/names.ts';
import { DepthService, Echo, type ShellBed, shellBed } from '../bed.ts';

let bed: ShellBed;

beforeEach(async () => {
  bed = await shellBed({ sysname: 'fleet' });
});
afterEach(() => bed.container.stop());

describe('ms()', () => {
  test('lists inbox, control, services and local names, with what stands for them at the broker', async () => {
    await bed.container.processes.spawn(DepthService);
    await bed.container.processes.spawn(Echo, { localName: 'probe' });
    const inbox = {
      exchange: 'fleet',
      routingKey: '~shore.#',
      queue: 'fleet~inbox.shore~1',
      durable: false,
      autoDelete: false,
      consuming: true,
    };
    const names = ms.bind(bed.shell)();
    expect(names).toEqual([
      { ...inbox, name: 'shore', type: 'inbox' },
      { ...inbox, name: 'fleet~control', type: 'control', exchange: 'fleet~control', routingKey: '' },
      {
        name: 'depth',
        type: 'service',
        exchange: 'fleet',
        routingKey: 'depth',
        queue: 'fleet.depth',
        durable: true,
        autoDelete: false,
        consuming: true,
      },
      { ...inbox, name: 'shore.probe', type: 'local' },
    ]);
    const lines = bed.show(names).split('\n');
    expect(lines[0]).toMatch(/^NAME +TYPE +ROUTING KEY +QUEUE$/);
    expect(lines.at(-1)).toBe('Messaging names: 4');
  });

  test('in full also lists process ids, and every column', async () => {
    await bed.container.processes.spawn(Echo);
    const names = ms.bind(bed.shell)(true);
    expect(names.map(({ name, type }) => `${type} ${name}`)).toContain('process shore.1');
    expect(bed.show(names)).toMatch(/^NAME .* EXCHANGE +DURABLE +AUTO DELETE +CONSUMING\n/);
  });

  test('follows the services that end', async () => {
    const id = await bed.container.processes.spawn(DepthService, { activate: false });
    const services = () =>
      ms
        .bind(bed.shell)()
        .filter(({ type }) => type === 'service');
    expect(services()).toMatchObject([{ name: 'depth', consuming: false }]);
    await bed.container.processes.terminateProcess(id);
    expect(services()).toEqual([]);
  });
});

describe('svc()', () => {
  test('lists the services hosted here with version, class, instances and operations', async () => {
    await bed.container.processes.spawn(DepthService);
    await bed.container.processes.spawn(DepthService);
    await bed.container.processes.spawn(Echo, { serviceName: 'echo' });
    await bed.container.processes.spawn(Echo);
    const services = svc.bind(bed.shell)();
    expect(services).toEqual([
      {
        name: 'depth',
        version: '1.2.0',
        class: 'DepthService',
        instances: 2,
        operations: ['measure', 'wait', 'ping'],
      },
      {
        name: 'echo',
        version: undefined,
        class: 'Echo',
        instances: 1,
        operations: expect.arrayContaining(['echo', 'ping']),
      },
    ]);
    expect(bed.show(services)).toMatch(
      /\ndepth +1\.2\.0 +DepthService +2 +measure wait ping\n(.*\n)*Services: 2$/,
    );
  });
});
