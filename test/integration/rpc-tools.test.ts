import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type System, startSystem } from '../support/system.js';

describe('gRPC of ES, for tools without the proto file', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.close());

  const buf = async (...parameters: string[]) => {
    const { stdout } = await promisify(execFile)(
      'node_modules/.bin/buf',
      ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...parameters],
      { cwd: process.cwd() },
    );
    return stdout;
  };

  it('lists what there is', async () => {
    const methods = await buf('--list-methods', `http://${system.grpc}`);
    expect(methods.trim().split('\n')).to.include.members([
      'segment.v1.EstimationService/Count',
      'segment.v1.EstimationService/Store',
      'segment.v1.EstimationService/StoreBatch',
      'grpc.health.v1.Health/Check',
    ]);
  });

  it('stores and counts', async () => {
    const at = (method: string) => `http://${system.grpc}/segment.v1.EstimationService/${method}`;
    const day = new Date().toISOString();
    await buf('-d', `{"segment":"buf","user_id":"u1","occurred_at":"${day}"}`, at('Store'));
    const answer = JSON.parse(await buf('-d', '{"segment":"buf","days":1}', at('Count')));
    expect(answer).to.deep.equal({ segment: 'buf', userCount: '1' });
  });

  it('says how it is', async () => {
    const check = `http://${system.grpc}/grpc.health.v1.Health/Check`;
    for (const service of ['', 'segment.v1.EstimationService']) {
      const answer = await buf('-d', JSON.stringify({ service }), check);
      expect(JSON.parse(answer)).to.deep.equal({ status: 'SERVING' });
    }
  });
});
