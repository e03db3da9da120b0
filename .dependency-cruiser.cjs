// Which room may import which, types included; `npm run check` holds it. ARCHITECTURE.md says what each room is for. That nothing
// imports itself in a circle, and the page nothing of the services, is held by biome.json.
const SHARED =
  '^src/(domain|segment-service|limits|http|auth|tls|rabbitmq|telemetry|process|config)/';

/** A rule that what matches `from` imports nothing that matches `to`, but for what matches `except`. */
const never = (name, comment, from, to, except) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...(except && { pathNot: except }) },
});

module.exports = {
  forbidden: [
    never(
      'domain-alone',
      'domain/ knows nothing but itself.',
      '^src/domain/',
      '^src/',
      '^src/domain/',
    ),
    never('sketch-alone', 'Sketches are mathematics.', '^src/es/sketch/', '.', '^src/es/sketch/'),
    never('services-apart', 'The services never import each other.', '^src/es/', '^src/uss/'),
    never('services-apart-too', 'The services never import each other.', '^src/uss/', '^src/es/'),
    never('shared-below', 'What both services use knows neither.', SHARED, '^src/(es|uss|local)/'),
    never(
      'wire-messages',
      'Only what sends or receives the messages of the wire knows them.',
      '^src/(?!generated/|es/(grpc|queue)/|uss/(es-client/|rabbitmq-forwarder))',
      '^src/generated/(segment|google)',
    ),
    never(
      'http-on-top',
      'What is not REST does not know REST, but for the settings of all rooms together.',
      '^src/(?!http/|es/|uss/|page/|config/common-settings)',
      '^src/http/',
    ),
    never(
      'redis-in-its-room',
      'Only es/redis/ talks to Redis, and what starts one of its own.',
      '^src/(?!es/redis/|local/)',
      'node_modules/ioredis',
    ),
    never(
      'rabbitmq-in-its-room',
      'Only rabbitmq/ and the consumer talk to RabbitMQ.',
      '^src/(?!rabbitmq/|es/queue/)',
      'node_modules/.*amqplib',
    ),
    never(
      'grpc-in-its-rooms',
      'Only the gRPC server, its client and their certificates know gRPC.',
      '^src/(?!es/grpc/|uss/es-client/|tls/|generated/)',
      'node_modules/@grpc/',
    ),
    never(
      'express-in-http',
      'Express is for http/.',
      '^src/(?!http/)',
      'node_modules/(express|helmet)/',
    ),
    never(
      'testbed-below',
      'What tests and benchmarks share knows neither.',
      '^scripts/testbed/',
      '^(test|bench)/',
    ),
    never('tests-and-bench-apart', 'Tests know no benchmarks.', '^test/', '^bench/'),
    never('bench-and-tests-apart', 'Benchmarks know no tests.', '^bench/', '^test/'),
    never(
      'page-knows-schemas',
      'The page runs in a browser. Of the services it knows the types of their answers alone.',
      '^src/page/api/answers[.]ts$',
      '^src/',
      '^src/(es/rest/answer-schemas|http/openapi/schema)[.]ts$',
    ),
    never(
      'schemas-alone',
      'What the page derives its types from imports nothing but schemas.',
      '^src/(es/rest/answer-schemas|http/openapi/schema)[.]ts$',
      '^src/',
      '^src/http/openapi/schema[.]ts$',
    ),
    never('source-alone', 'src/ is what is shipped.', '^src/', '^(test|bench|scripts)/'),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/|[.]tsx$' },
  },
};
