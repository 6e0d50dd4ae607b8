/**
 * What stands behind the frontend's routes: one request in, one response out, and a socket for events. The page shim
 * hands requests over; the embedded provider answers them in the page, the remote one asks the host of a session.
 */

export interface BackendRequest {
  readonly method: string;
  /** Without the page's base path, without the `/api` prefix, without leading slash, percent-encoded as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly signal?: AbortSignal | undefined;
  /** For an element of the page to show: a preview does for the start. */
  readonly isShown?: boolean;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** Rejects with a SyntaxError when the body is no JSON. */
  json(): Promise<unknown>;
  formData(): Promise<FormData>;
}

export interface BackendResponse {
  readonly status: number;
  /** In words, for code that shows no more than the status line. */
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | string | null;
  /** When the body is a preview: how to get the picture itself. */
  readonly whole?: WholePicture;
}

/** The picture that a preview stands for. */
export interface WholePicture {
  readonly bytes: number;
  /** False once no node shows it any more. */
  isWanted(): boolean;
  /** Null when it could not be had. */
  get(): Promise<Blob | null>;
  /** It is on show in place of its preview. */
  shown(): void;
}

/** The page's end of `/ws`, seen from the provider. */
export interface BackendSocket {
  readonly clientId: string | null;
  /** Strings are JSON messages, buffers are binary previews. Dropped when the socket is closed. */
  send(data: string | ArrayBuffer): void;
  onMessage(listener: (data: string) => void): void;
  onClose(listener: () => void): void;
  close(code?: number, reason?: string): void;
}

export interface Provider {
  readonly kind: 'embedded' | 'remote';
  handle(request: BackendRequest): Promise<BackendResponse>;
  open(socket: BackendSocket): void;
  /** Idempotent; sockets that are open are closed. */
  close(): void;
}

/** One line for a person: storage is full, a database is blocked. */
export interface Notice {
  readonly level: 'warning' | 'error';
  readonly text: string;
}
export type NoticeListener = (notice: Notice) => void;

const JSON_TYPE = 'application/json; charset=utf-8';

export function json(body: unknown, status = 200): BackendResponse {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
}

export function text(body: string, status = 200, type = 'text/plain; charset=utf-8'): BackendResponse {
  return { status, headers: { 'content-type': type }, body };
}

export function empty(status = 200): BackendResponse {
  return { status, body: null };
}

export function fileResponse(bytes: Uint8Array, type: string, name: string): BackendResponse {
  return {
    status: 200,
    headers: { 'content-type': type, 'content-disposition': `filename="${name.replace(/["\\\r\n]/g, '_')}"` },
    body: new Blob([bytes as Uint8Array<ArrayBuffer>], { type }),
  };
}

/** ComfyUI's shape of a refused request, which the frontend shows to the user as it stands. */
export function refusal(type: string, message: string, details = '', status = 400): BackendResponse {
  return {
    ...json({ error: { type, message, details, extra_info: {} }, node_errors: {} }, status),
    statusText: message,
  };
}

/** A handler of a group of routes; null hands the request to the next. */
export type RouteHandler = (request: BackendRequest) => Promise<BackendResponse | null> | BackendResponse | null;

/** Percent-decoded, or null when malformed. */
export function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
