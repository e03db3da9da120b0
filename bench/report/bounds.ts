/**
 * What bounds each measurement, by its words: as `npm run bench -- --profile` shows it. To be read again, and written
 * again, when a profile changes.
 */
export const BOUNDS: Record<string, string> = {
  'post 64':
    'the round trip of a group, and system calls. USS spends two thirds of its time reading from and writing to sockets, once a request; while a group is on its way to Redis and back, part of the cores waits.',
  'post 256':
    'system calls of USS: reading and writing once a request is two thirds of its time, and wrk needs most of the rest of the two cores. Groups are large, so that ES and Redis have little to do.',
  packets:
    'system calls, for bare node:http as well: two packets are two reads here and two writes at the client, which shares the cores.',
  'lines 20':
    'what USS does for each body rather than for each line: sockets, streams and their garbage, reading the lines.',
  'lines 100':
    'USS reading the lines (http/bulk, domain) and the garbage of that; then the Lua script in Redis.',
  'bulk 200':
    'both cores: USS reads lines and groups them, ES makes arguments of the script, Redis runs it; each about half a core.',
  'bulk 100000':
    'Redis, where nearly each membership is a group of its own: a PFADD into a bucket and the running windows, on its one thread. Garbage of the many groups is a third of the time of USS.',
  fairness:
    'USS and ES, which read lines of the endless body between single requests: a single request waits until its turn comes in both and in Redis.',
  bodies:
    'the young space of V8, 64 MB as in production, and the arguments of the batches in hand; both are as large as they get after the first bodies.',
  get: 'at ES its one thread: parsing, answering, one PFCOUNT of one key for all requests in flight. Through USS the round trip to ES, by a call for all that wait.',
  days: 'a call to ES for each group of requests, and the merging of seven buckets there by PFCOUNT.',
  estimate:
    'the threads that estimate: milliseconds of mathematics for each answer that is worked out.',
  history: 'ES, which estimates each day of the window and each sum up to it from its registers.',
  'grpc store 1x64':
    'the one thread of ES: HTTP/2 in Node.js, calls of grpc-js and their garbage. Redis has next to nothing to do.',
  'grpc store 64x1':
    'the one thread of ES as with one connection, and a read and a write of a socket for each call.',
  'grpc count 1x64':
    'the one thread of ES, as with Store; the count is one PFCOUNT for all calls in flight.',
  'grpc count 64x1': 'the one thread of ES, as with Store.',
  'grpc batch': 'the one thread of ES: decoding 1,000 memberships, checking and grouping them.',
  'transport 64': 'with RabbitMQ the broker, which writes each message to disk and confirms it.',
  'transport 256': 'as with 64 connections; larger messages make up for some of it.',
  'auth 64':
    'the same as without; an API key is hashed once a request, and a token that was verified is known for a while.',
  lone: 'the round trip: four processes are woken one after another, and nothing else happens meanwhile.',
  'growth post':
    'as POST /segment. With more segments there are more groups in a batch, each a few commands of the script.',
  'growth get': 'as counts. With more segments fewer requests in flight ask for the same one.',
};
