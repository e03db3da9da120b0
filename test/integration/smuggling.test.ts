import { expect } from 'chai';
import { describeAttacked, statusesIn } from '../support/attacked-es.js';

describeAttacked('hostile clients with requests in requests', (attacked) => {
  const inner = JSON.stringify({ segment: 'smuggled', user_id: 'u' });
  const hidden = `POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
  const smuggling: Record<string, string[]> = {
    'a length and an encoding': [
      `Content-Length: ${hidden.length + 5}`,
      'Transfer-Encoding: chunked',
    ],
    'an encoding and a length': [
      'Transfer-Encoding: chunked',
      `Content-Length: ${hidden.length + 5}`,
    ],
    'two lengths': ['Content-Length: 5', `Content-Length: ${hidden.length + 5}`],
    'a list of lengths': [`Content-Length: 5, ${hidden.length + 5}`],
    'a length with a sign': ['Content-Length: +5'],
    'an encoding that is not known': ['Transfer-Encoding: xchunked'],
    'two encodings': ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    'an encoding that is hidden by a space': ['Transfer-Encoding : chunked'],
    'an encoding on a folded line': ['Transfer-Encoding:\r\n chunked'],
    'an encoding after a bare line feed': ['X-A: b\nTransfer-Encoding: chunked'],
    'an encoding after a bare carriage return': ['X-A: b\rTransfer-Encoding: chunked'],
  };
  for (const [what, headers] of Object.entries(smuggling)) {
    it(`cannot hide a request behind ${what}`, async () => {
      const head = [
        'POST /segment HTTP/1.1',
        'Host: a',
        'Content-Type: application/json',
        ...headers,
      ];
      const answers = statusesIn(
        await attacked.answerTo(`${head.join('\r\n')}\r\n\r\n0\r\n\r\n${hidden}`),
      );
      expect(answers).to.not.include('202');
      expect(answers.length).to.be.at.most(1);
    });
  }
});
