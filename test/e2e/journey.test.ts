import { expect } from 'chai';
import { startCommand } from '../support/process.js';

/** Modules on the way, in their order. */
const ON_THE_WAY = [
  'USS | `src/http/connection/fast-path.ts`',
  'USS | `src/segment-service/group-commit.ts`',
  'USS | `src/uss/es-client/store-stream.ts`',
  'ES | `src/es/grpc/store-stream-server.ts`',
  'ES | `src/es/estimator.ts`',
  'ES | `src/es/redis/scripts/store-input.ts`',
];

describe('npm run journey', function () {
  this.timeout(120_000);

  it('prints the modules that a POST enters, in their order', async () => {
    const command = startCommand(['npm', 'run', '--silent', 'journey', '--', '--rounds', '3'], {});
    const { code } = await command.exited;
    const output = command.output();
    expect(code, output).to.equal(0);
    const places = ON_THE_WAY.map((module) => output.indexOf(module));
    expect(places, output).to.deep.equal([...places].sort((one, other) => one - other));
    expect(places).not.to.include(-1);
  });
});
