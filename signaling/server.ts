/** One HTTP server for both: the portal's files and the signaling endpoint. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Backplane } from './backplane.ts';
import { ComfyProxy, type ComfyProxyOptions } from './comfy-proxy.ts';
import { checkIce } from './ice.ts';
import { MemoryBackplane } from './memory-backplane.ts';
import { NatsBackplane } from './nats-backplane.ts';
import { DEFAULT_SIGNALING_OPTIONS, type SignalingOptions } from './options.ts';
import { Portal, type PortalOptions } from './portal.ts';
import { Signaling } from './signaling.ts';

export interface ServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Without it only signaling is served. */
  portal?: PortalOptions | undefined;
  /** A real ComfyUI below the portal. */
  comfy?: ComfyProxyOptions | undefined;
  signaling?: Partial<SignalingOptions> | undefined;
  /** Address of the NATS over which several nodes share rooms. Absent: this node is alone. */
  nats?: string | undefined;
  /** In place of `nats`, for tests. */
  backplane?: Backplane | undefined;
}

export interface RunningServer {
  port: number;
  signaling: Signaling;
  /** Idempotent. Resolves when every socket is closed, within a few seconds whatever the clients do. */
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Sockets of any kind, idle ones too, beyond the clients that signaling admits. */
const SPARE_CONNECTIONS = 2_000;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const settings = { ...DEFAULT_SIGNALING_OPTIONS, ...options.signaling };
  checkIce(settings);
  const portal = options.portal ? await Portal.open(options.portal) : undefined;
  const comfy = options.comfy ? new ComfyProxy(options.comfy) : undefined;
  const signaling = new Signaling(settings, await openBackplane(options));
  const startedAtMs = performance.now();
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES },
    (request, response) => {
      commonHeaders(response);
      if (request.url === '/health') return health(response, signaling, startedAtMs);
      if (request.url === '/metrics') return metrics(response, signaling);
      if (signaling.handleRequest(request, response)) return;
      if (comfy?.handle(request, response)) return;
      if (!portal)
        return void response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"error":"Not found."}');
      portal.handle(request, response).catch((error: unknown) => failed(response, error));
    },
  );
  server.maxConnections = settings.maxClients + SPARE_CONNECTIONS;
  server.on('upgrade', (request, socket, head) => {
    if (!comfy?.handleUpgrade(request, socket, head)) upgrade(signaling, request, socket, head);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server, options).catch(async (error: unknown) => {
    portal?.close();
    await signaling.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= stop(server, signaling, portal);
    return closed;
  };
  return { port, signaling, close };
}

function openBackplane({ nats, backplane }: ServerOptions): Backplane | Promise<Backplane> {
  return backplane ?? (nats ? NatsBackplane.connect(nats) : new MemoryBackplane());
}

function listen(server: Server, { host, port }: ServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} on ${host} is in use. Stop what uses it, or choose another: npm start -- --port ${port + 1}`,
      );
    case 'EACCES':
      return new Error(`This account may not listen on port ${port}. Choose one above 1023: npm start -- --port 8787`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Error(
        `${host} is not an address of this machine. Use --host 127.0.0.1, or --host 0.0.0.0 for the whole network.`,
      );
    default:
      return error;
  }
}

function upgrade(signaling: Signaling, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  // One listener for all: ws takes over, and ten thousand closures would stay.
  socket.on('error', destroy);
  if (signaling.handleUpgrade(request, socket, head)) return;
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function destroy(this: Duplex): void {
  this.destroy();
}

async function stop(server: Server, signaling: Signaling, portal: Portal | undefined): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  portal?.close();
  await signaling.close();
  server.closeAllConnections();
  await ended;
}

function commonHeaders(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
}

function health(response: ServerResponse, signaling: Signaling, startedAtMs: number): void {
  const uptimeSeconds = Math.round((performance.now() - startedAtMs) / 1000);
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ status: 'ok', uptimeSeconds, ...signaling.status() }));
}

function metrics(response: ServerResponse, signaling: Signaling): void {
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(signaling.metricsText());
}

function failed(response: ServerResponse, error: unknown): void {
  console.error('Could not answer a request:', error);
  if (response.headersSent) return void response.destroy();
  response
    .writeHead(500, { 'Content-Type': 'application/json' })
    .end('{"error":"The server failed to answer. Its log says why."}');
}
