import { expect } from 'chai';
import { ownText } from '../../src/domain/own-text.js';

describe('A copy of a text', () => {
  it('is the same text', () => {
    for (const text of ['', 'sport', 'спорт', '日本', '😀']) expect(ownText(text)).to.equal(text);
  });
});
