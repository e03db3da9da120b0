const HOST = String.raw`(?:[\w.-]+|\[[\da-f:.]+(?:%[\w.-]+)?\])`;
const HOST_AND_PORT = new RegExp(`^(?:dns:(?:\\/\\/[^\\/\\s]*\\/)?)?${HOST}:(\\d{1,5})$`, 'i');
const ADDRESSES = /^ipv[46]:[^\s/]+:\d{1,5}$/;
const SOCKET = /^unix:[^\s]+$/;

/**
 * Checks the address of ES. gRPC itself accepts anything: for http://es:50051 it would look for a host named http, and
 * without a port it would use 443.
 *
 * @throws Error that says what is wrong with the address
 */
export function checkEsAddress(address: string): void {
  if (ADDRESSES.test(address) || SOCKET.test(address)) return;
  const port = Number(HOST_AND_PORT.exec(address)?.[1] ?? 0);
  if (port >= 1 && port <= 65_535) return;
  throw new Error(
    'must be a host and its gRPC port such as dns:///es:50051 or [::1]:50051, without http://',
  );
}
