/**
 * What bounds each measurement, by its words: what `npm run bench -- --profile` shows of it. A table that was not profiled has
 * none. To be written again when a profile changes.
 */
export const BOUNDS: Record<string, string> = {
  'post 64':
    'nothing alone: a quarter of the two cores is idle. USS is busiest, and writes to sockets for two fifths of its time; native code is a quarter.',
  'post 256': 'USS, half of whose time is writes to sockets, beside wrk on the same cores.',
  packets:
    'nothing alone: a quarter of the cores is idle. USS is busiest: writes to sockets a third of its time, garbage collection an eighth; one packet and two together.',
  'lines 20':
    'USS, whose time goes to each body more than to its lines: socket writes, garbage collection, streams, router.',
  'lines 100':
    'USS: socket writes, garbage collection and reading lines, about a tenth each; a quarter of the cores is idle.',
  'bulk 200':
    'nothing alone: USS and ES have more than half a core each, Redis a third. USS reads and groups lines, ES makes arguments of the script (ioredis).',
  'bulk 100000':
    'Redis and ES, with three quarters of a core each and nearly none idle. Redis runs the script; garbage collection is a quarter of the time of ES.',
  fairness:
    'USS and ES, with more than half a core each; a third of the time of USS is reading lines of the endless body.',
  get: 'at ES its one thread, half of it in writes to sockets. Through USS that of USS: socket writes a quarter, grpc-js a tenth.',
  days: 'USS, which is busiest: socket writes a quarter, grpc-js and garbage collection a tenth each. Redis spends all its time on PFCOUNT, a quarter of a core.',
  estimate:
    'the one thread of ES, a quarter of whose time is mathematics of sketches. Profiles leave out the threads beside it.',
  history: 'the one thread of ES: two fifths mathematics of sketches, a fifth reading them.',
  'grpc store 1x64':
    'the one thread of ES: garbage collection a quarter, then es/grpc, grpc-js and HTTP/2 in Node.js. Redis is idle.',
  'grpc store 64x1':
    'the one thread of ES, as with one connection; garbage collection is a fifth, native code a seventh.',
};
