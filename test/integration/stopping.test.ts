import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { expect } from 'chai';
import { countOf, send } from '../support/http.js';
import { createRpcClient } from '../support/rpc.js';
import { describeProcesses } from '../support/service-processes.js';

describeProcesses('stopping', ({ start, restUrl, grpcPort }) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`finishes what is in flight at ${signal}, and ends with 0`, async () => {
      const es = start('es');
      const uss = start('uss', { USS_ES_ADDRESS: `dns:///127.0.0.1:${await grpcPort(es)}` });
      await uss.printed(/is reached/);
      for (const service of [uss, es]) {
        const base = await restUrl(service);
        const halfway = await openHalfway(base, '{"segment":"flight","user');
        service.child.kill(signal);
        await refusesConnections(base);
        halfway.end(`_id":"${service.child.pid}"}`);
        const [response] = await once(halfway, 'response');
        expect(response.statusCode).to.equal(202);
        response.resume();
        expect(await service.exited).to.deep.equal({ code: 0, signal: null });
      }
      const late = start('es');
      const again = await restUrl(late);
      await late.printed(/is reached/);
      expect(await countOf(again, 'flight')).to.be.at.least(2);
    });
  }

  it('cuts what does not finish within the limit, and still ends with 0', async () => {
    const es = start('es', { ES_SHUTDOWN_TIMEOUT_MS: '200' });
    const halfway = await openHalfway(await restUrl(es), '{"seg');
    const cut = once(halfway, 'error');
    es.child.kill('SIGTERM');
    expect(await es.exited).to.deep.equal({ code: 0, signal: null });
    await cut;
  });

  it('ends at once at a second signal', async () => {
    const es = start('es', { ES_SHUTDOWN_TIMEOUT_MS: '60000' });
    const base = await restUrl(es);
    const halfway = await openHalfway(base, '{"seg');
    halfway.on('error', () => {});
    es.child.kill('SIGTERM');
    await refusesConnections(base);
    // Signals that come close together are taken for one.
    const again = setInterval(() => es.child.kill('SIGTERM'), 50);
    expect((await es.exited).code).to.equal(143);
    clearInterval(again);
  });

  it('is not ready for a while before it stops, and serves on meanwhile', async () => {
    const es = start('es', { ES_SHUTDOWN_DELAY_MS: '1500' });
    const base = await restUrl(es);
    await es.printed(/is reached/);
    const rpc = createRpcClient(`127.0.0.1:${await grpcPort(es)}`);
    es.child.kill('SIGTERM');
    let answer = await send(base, '/readyz');
    while (answer.status === 200) answer = await send(base, '/readyz');
    expect([answer.status, answer.json.detail]).to.deep.equal([
      503,
      'not ready: the service is stopping',
    ]);
    const body = { segment: 'late', user_id: 'u' };
    expect((await send(base, '/segment', { body })).status).to.equal(202);
    expect((await rpc.call('Count', { segment: 'late' })).user_count).to.equal(1);
    rpc.close();
    expect(await es.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('does not wait for idle keep-alive connections', async () => {
    const es = start('es');
    const { hostname, port } = new URL(await restUrl(es));
    const idle = request({
      hostname,
      port,
      path: '/healthz',
      headers: { connection: 'keep-alive' },
    });
    idle.end();
    const [response] = await once(idle, 'response');
    response.resume();
    await once(response, 'end');
    es.child.kill('SIGTERM');
    expect((await es.exited).code).to.equal(0);
  });
});

/** A POST /segment whose body has begun to arrive. */
async function openHalfway(base: string, begin: string): Promise<ClientRequest> {
  const halfway = request(`${base}/segment`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  halfway.flushHeaders();
  await once(halfway, 'continue');
  halfway.write(begin);
  return halfway;
}

/** Resolves when a service accepts no more connections. */
async function refusesConnections(base: string): Promise<void> {
  while (
    await send(base, '/healthz').then(
      () => true,
      () => false,
    )
  );
}
