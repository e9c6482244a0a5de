import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Container, ServiceProcess } from '../../../src/index.ts';
import { makeTestVhost, type TestVhost } from '../../support/broker.ts';
import { makeCertificates, type TestCertificates, TlsProxy } from '../../support/tls-proxy.ts';

class Echo extends ServiceProcess {
  static readonly serviceName = 'echo';
  op_echo(content: unknown): unknown {
    return content;
  }
}

let directory: string;
let certificates: TestCertificates;
let vhost: TestVhost;
let proxy: TlsProxy;

beforeAll(async () => {
  directory = mkdtempSync(join(process.env.IONCORE_TEST_DIR ?? tmpdir(), 'tls-'));
  certificates = makeCertificates(directory);
  vhost = await makeTestVhost('tls');
  proxy = await TlsProxy.start(vhost.url, certificates);
});
afterAll(async () => {
  await proxy.dispose();
  await vhost.dispose();
  rmSync(directory, { recursive: true });
});

describe('Container on amqps://', () => {
  const pem = (file: string): string => readFileSync(file, 'utf8');

  test('works with the authority, certificate and key it is given', async () => {
    const container = new Container({
      sysname: 'tls',
      broker: proxy.url,
      tls: { ca: pem(certificates.ca), cert: pem(certificates.cert), key: pem(certificates.key) },
    });
    await container.start();
    await container.processes.spawn(Echo);
    // Another container, so that the call goes through the broker.
    const caller = new Container({
      sysname: 'tls',
      broker: proxy.url,
      tls: { ca: pem(certificates.ca), cert: pem(certificates.cert), key: pem(certificates.key) },
    });
    await caller.start();
    expect(await caller.rpcSend('echo', 'echo', 'over TLS')).toBe('over TLS');
    await caller.stop();
    await container.stop();
  });

  test('refuses a broker whose authority it does not know', async () => {
    const container = new Container({ broker: proxy.url });
    await expect(container.start()).rejects.toMatchObject({ code: 'BrokerUnreachable' });
    expect(container.state).toBe('ERROR');
  });

  test('is refused without the certificate that the broker wants', async () => {
    const container = new Container({ broker: proxy.url, tls: { ca: pem(certificates.ca) } });
    await expect(container.start()).rejects.toMatchObject({ code: 'BrokerUnreachable' });
  });
});
