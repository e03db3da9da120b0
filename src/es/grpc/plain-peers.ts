import type { Http2Session } from 'node:http2';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { UNFOLLOWED, type UnseenStreams } from './grpc-internals.js';

/** The other side of a connection. */
export interface PlainPeer {
  /** Its address and port, as grpc-js writes them. */
  name: string;
  address: () => string | undefined;
  /** Its certificate, checked by TLS; undefined if it has none. */
  certificate: () => PeerCertificate | undefined;
  streams: UnseenStreams;
}

/** @returns the other side of a connection, looked up once for all of its calls */
export type PeerOf = (session: Http2Session | undefined) => PlainPeer;

export function createPeers(streamsOf: (session: Http2Session) => UnseenStreams): PeerOf {
  const peers = new WeakMap<Http2Session, PlainPeer>();
  return (session) => {
    // A session that has ended has no socket to ask.
    if (session === undefined || session.destroyed) return NOBODY;
    let peer = peers.get(session);
    if (peer === undefined) {
      peer = createPeer(session, streamsOf(session));
      peers.set(session, peer);
    }
    return peer;
  };
}

const NOBODY: PlainPeer = {
  name: 'unknown',
  address: () => undefined,
  certificate: () => undefined,
  streams: UNFOLLOWED,
};

function createPeer({ socket }: Http2Session, streams: UnseenStreams): PlainPeer {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) return { ...NOBODY, streams };
  const name = remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
  const address = () => remoteAddress;
  if (!(socket instanceof TLSSocket) || !socket.authorized)
    return { ...NOBODY, name, address, streams };
  // Without a certificate Node.js gives an empty object.
  const shown = socket.getPeerCertificate();
  const certificate = shown.raw === undefined ? undefined : shown;
  return { name, address, certificate: () => certificate, streams };
}
