// The ceiling: a bare node:http server that parses the body and answers at once.
import { createServer } from 'node:http';

const [port] = process.argv.slice(2).map(Number);
createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    if (body !== '') JSON.parse(body);
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end('{"status":"accepted"}');
  });
}).listen(port, '127.0.0.1');
