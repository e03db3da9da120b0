import { expect } from 'chai';
import { esRemarks, loadEsConfig } from '../../src/es/config.js';

const SECRET = 'a secret of thirty-two bytes, or more';

describe('User ids that others may choose', () => {
  for (const [http, grpc, userIdSecret, exposed] of [
    ['127.0.0.1', 'localhost', '', undefined],
    ['::1', '127.1.2.3', '', undefined],
    ['0.0.0.0', '127.0.0.1', '', '0.0.0.0'],
    ['::1', '192.0.2.1', '', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0', '', '0.0.0.0'],
    ['::', '192.0.2.1', '', ':: or 192.0.2.1'],
    ['0.0.0.0', '0.0.0.0', SECRET, undefined],
  ] as const) {
    const said = exposed === undefined ? 'nothing' : 'a warning';
    const secret = userIdSecret === '' ? 'no secret' : 'a secret';
    it(`${said} at the start, with ${secret}, on ${http} and ${grpc}`, () => {
      const config = loadEsConfig({ http: { host: http }, grpc: { host: grpc }, userIdSecret });
      expect(esRemarks(config)).to.deep.equal(
        exposed === undefined
          ? []
          : [
              {
                level: 'warn',
                text: `no ES_USER_ID_SECRET: whoever reaches ${exposed} may choose user ids that count as millions; set it before the first memberships, as users count anew after a change`,
              },
            ],
      );
    });
  }
});
