// The naive pair, USS: Express, express.json, a unary call for each request.
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import express from 'express';

const [httpPort, grpcPort] = process.argv.slice(2).map(Number);
const definition = loadSync('proto/segment.proto', { keepCase: true, longs: Number });
// biome-ignore lint/suspicious/noExplicitAny: a dynamic client, as the naive pair would have it
const proto = loadPackageDefinition(definition) as any;
const es = new proto.segment.v1.EstimationService(
  `127.0.0.1:${grpcPort}`,
  credentials.createInsecure(),
);
const app = express();
app.use(express.json());
app.post('/segment', (request, response) => {
  es.Store(request.body, (error: Error | null) => {
    if (error) response.status(503).json({ error: error.message });
    else response.status(202).json({ status: 'accepted' });
  });
});
app.get('/segment/:segment', (request, response) => {
  es.Count({ segment: request.params.segment }, (error: Error | null, answer: object) => {
    if (error) response.status(503).json({ error: error.message });
    else response.json(answer);
  });
});
app.listen(Number(httpPort), '127.0.0.1');
