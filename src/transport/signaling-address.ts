/** Where a PeerServer-protocol endpoint is, from one line of text: `wss://host:port/path?key=name`. */
import { MeshError } from '../protocol/errors.ts';

export interface SignalingAddress {
  readonly host: string;
  readonly port: number;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly secure: boolean;
  readonly key: string;
}

const SECURE: Readonly<Record<string, boolean>> = { 'http:': false, 'ws:': false, 'https:': true, 'wss:': true };
const DEFAULT_KEY = 'peerjs';

export function parseSignalingAddress(text: string): SignalingAddress {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const secure = url && SECURE[url.protocol];
  if (!url || secure === undefined || url.hostname === '') {
    throw new MeshError(
      'signaling-address',
      `"${text}" is no signaling address. Write it like wss://example.org:9000/.`,
    );
  }
  return {
    host: url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
    secure,
    key: url.searchParams.get('key') ?? DEFAULT_KEY,
  };
}

/** The endpoint that comes with the portal: beside its page, also behind a proxy that serves both under a prefix. */
export function portalSignalingAddress(portalUrl: string): string {
  const url = new URL('signal', portalUrl.split(/[?#]/, 1)[0]);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
