import { expect } from 'chai';
import { toFailure } from '../../src/domain/failure.js';
import { parseDaysMember, parseDaysQuery } from '../../src/http/request/days.js';
import { checkNoBody, NO_QUERY, readQuery } from '../../src/http/request/query.js';

/** What a call is refused with, as it is told. */
function refusalOf(call: () => unknown): Record<string, unknown> {
  try {
    return { value: call() };
  } catch (thrown) {
    const { kind, message, code, options } = toFailure(thrown);
    return { kind, message, code, field: options.field };
  }
}

const DAYS = 'days must be one whole number from 1 to the days of the window, or left out for all';
const BAD_DAYS = { kind: 'invalid', message: DAYS, code: 'invalid_field', field: 'days' };

describe('The query of a request', () => {
  it('is the empty one where there is none', () => {
    expect(readQuery('', ['days'])).to.equal(NO_QUERY);
  });

  it('has the parameters that something reads, decoded', () => {
    const query = readQuery('days=3&search=%D0%B4+a&days=4', ['search', 'days']);
    expect([...query]).to.deep.equal([
      ['days', '3'],
      ['search', 'д a'],
      ['days', '4'],
    ]);
  });

  it('has no parameter that nothing reads; the one that was meant is said', () => {
    expect(refusalOf(() => readQuery('days=3&dayz=4', ['search', 'days']))).to.deep.equal({
      kind: 'invalid',
      message: 'dayz is no query parameter here; did you mean days?',
      code: 'unknown_parameter',
      field: 'dayz',
    });
    expect(refusalOf(() => readQuery('a=1', []))).to.include({
      message:
        'a is no query parameter here: there are none; what is asked goes into the path or the body',
      code: 'unknown_parameter',
    });
  });

  it('is UTF-8', () => {
    for (const search of ['search=%e9', 'search=%', 'search=%zz']) {
      expect(refusalOf(() => readQuery(search, ['search']))).to.include({
        kind: 'invalid',
        message: 'the query is not valid percent-encoded UTF-8',
      });
    }
  });
});

describe('A request that takes no body', () => {
  const check = (headers: Record<string, string>) =>
    refusalOf(() => checkNoBody({ method: 'GET', headers }));

  it('may say that it has none', () => {
    expect(check({})).to.deep.equal({ value: undefined });
    expect(check({ 'content-length': '0' })).to.deep.equal({ value: undefined });
  });

  it('is refused when it has one', () => {
    const message = 'GET takes no body here; what is asked goes into the URL';
    expect(check({ 'content-length': '1' })).to.include({ kind: 'invalid', message });
    expect(check({ 'transfer-encoding': 'chunked' })).to.include({ message });
    const both = { 'content-length': '0', 'transfer-encoding': 'chunked' };
    expect(check(both)).to.include({ message });
  });
});

describe('Days that are asked for', () => {
  const query = (text: string) => refusalOf(() => parseDaysQuery(new URLSearchParams(text)));
  const member = (days: unknown) => refusalOf(() => parseDaysMember(days));

  it('may be left out', () => {
    expect(query('')).to.deep.equal({ value: undefined });
    expect(member(undefined)).to.deep.equal({ value: undefined });
  });

  it('are one number of up to nine digits in a query', () => {
    expect(query('days=7')).to.deep.equal({ value: 7 });
    expect(query('days=014')).to.deep.equal({ value: 14 });
    expect(query('days=999999999')).to.deep.equal({ value: 999_999_999 });
    for (const bad of ['', '-1', '1.5', ' 7', '7 ', '1e3', 'x7', '7x', '1000000000']) {
      expect(query(`days=${encodeURIComponent(bad)}`), bad).to.deep.equal(BAD_DAYS);
    }
    expect(query('days=7&days=7')).to.deep.equal(BAD_DAYS);
  });

  it('are a whole number from 1 in JSON', () => {
    expect(member(1)).to.deep.equal({ value: 1 });
    expect(member(999_999_999)).to.deep.equal({ value: 999_999_999 });
    for (const bad of [0, -1, 1.5, 1_000_000_000, '7', null, true, [7], {}]) {
      expect(member(bad), JSON.stringify(bad)).to.deep.equal(BAD_DAYS);
    }
  });
});
