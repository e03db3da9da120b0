/**
 * Synonyms of parameters and members. Without them `and` would be mistaken for `any`, which has nearly the same letters.
 */
export const OTHER_WORDS: Record<string, string[]> = {
  all: ['and', 'every', 'allof', 'must', 'only', 'with'],
  any: ['or', 'some', 'one', 'oneof', 'anyof', 'either'],
  none: ['not', 'nor', 'no', 'noneof', 'except', 'exclude', 'without', 'mustnot'],
  occurred_at: ['time', 'timestamp', 'ts', 'date', 'datetime', 'createdat', 'eventtime'],
  user_id: ['uid', 'visitor', 'visitorid', 'customerid', 'memberid'],
  days: ['window', 'period', 'daycount', 'lastdays'],
  search: ['q', 'query', 'contains', 'filter'],
  limit: ['size', 'pagesize', 'perpage', 'top', 'max', 'first'],
  cursor: ['page', 'offset', 'after', 'nextcursor', 'pagetoken'],
  sort: ['orderby', 'sorting'],
  order: ['direction', 'dir'],
};
