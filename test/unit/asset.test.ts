import { expect } from 'chai';
import { createAssetRoute } from '../../src/http/asset.js';
import type { HttpRequest } from '../../src/http/route.js';

/** What is served, and how many bytes that is. */
const CONTENTS: Record<string, [content: string | Buffer, bytes: number]> = {
  'a text': ['let a = 1;', 10],
  'a text that is longer as bytes': ['≈ ½ €', 10],
  'an empty text': ['', 0],
  bytes: [Buffer.from([0, 255, 13]), 3],
};

describe('A file that is served from memory', () => {
  for (const [what, [content, bytes]] of Object.entries(CONTENTS)) {
    it(`is the same bytes for every client: ${what}`, async () => {
      const { handle } = createAssetRoute({
        path: '/a',
        needs: 'open',
        type: 'text/plain',
        content,
      });
      const ask = async () => handle({ headers: {} } as HttpRequest);
      const [first, second] = [await ask(), await ask()];
      expect(first.body).to.be.instanceOf(Buffer).and.to.equal(second.body);
      expect(first.body).to.deep.equal(Buffer.from(content as string));
      const { headers } = first;
      expect(headers[headers.indexOf('content-length') + 1]).to.equal(String(bytes));
    });
  }
});
