/**
 * What bounds each measurement, by its words: what `npm run bench -- --profile` shows of it. A table that was not profiled has
 * none. To be written again when a profile changes.
 */
export const BOUNDS: Record<string, string> = {
  'post 64':
    'nothing alone: a quarter of the two cores is idle. USS is busiest, and writes to sockets for two fifths of its time; native code is a quarter.',
  'post 256': 'USS, half of whose time is writes to sockets, beside wrk on the same cores.',
  'lines 20':
    'USS, with four fifths of a core: writes to sockets and garbage collection a fifth each, reading lines a seventh. A quarter of the cores is idle.',
  'bulk 100000':
    'Redis, with more than four fifths of a core in the script, two thirds of it outside of PFADD. ES has half a core, half of that native code (the arguments of the script) and garbage collection.',
  get: 'at ES its one thread, half of it in writes to sockets. Through USS that of USS: socket writes a quarter, grpc-js a tenth.',
  days: 'USS, with less than two thirds of a core: writes to sockets a quarter, grpc-js a tenth. ES has two fifths of a core; Redis spends all its time on PFCOUNT, a quarter of a core.',
  estimate:
    'the one thread of ES, more than a third of it in writes to sockets; the mathematics of sketches are 2 %.',
  history:
    'the one thread of ES: two fifths making the text of answers, a tenth each writes to sockets and garbage collection; the mathematics of sketches are 5 %.',
  'grpc store 1x64':
    'the one thread of ES: garbage collection a fifth, then native code, HTTP/2 in Node.js and es/grpc, about a tenth each. Redis is idle.',
  'grpc count 1x64':
    'the one thread of ES: garbage collection a fifth, native code a seventh, writes to sockets and HTTP/2 in Node.js a tenth each. Redis is idle.',
  'grpc count 64x1':
    'the one thread of ES: native code, most of it system calls, two fifths; writes to sockets and garbage collection a tenth each.',
};
