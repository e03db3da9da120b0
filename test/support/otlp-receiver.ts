import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  service: string;
  version: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  links?: { traceId: string }[];
  attributes: { key: string; value: unknown }[];
}

/** A receiver of OTLP over HTTP, as far as JSON goes. */
export interface OtlpReceiver {
  /** All that came, as it comes. */
  spans: readonly ReceivedSpan[];
  /** What services are told to send their spans there. */
  env: Record<string, string>;
  close(): void;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString());
    for (const { resource, scopeSpans } of resourceSpans) {
      const attribute = (name: string) =>
        resource.attributes.find(({ key }: { key: string }) => key === name)?.value.stringValue;
      const [service, version] = [attribute('service.name'), attribute('service.version')];
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.push({ ...span, service, version });
      }
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    spans,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
