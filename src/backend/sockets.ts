import { SERVER_FEATURES } from './local-routes.ts';
import type { BackendSocket } from './provider.ts';
import { isRecord } from './settings.ts';

/** Sockets open at once; the frontend uses one. */
const MAX_SOCKETS = 16;

/** The sockets of this page: the handshake, and events to all of them. */
export class Sockets {
  readonly #sockets = new Set<BackendSocket>();
  readonly #status: () => unknown;
  readonly #newId: () => string;

  constructor(status: () => unknown, newId: () => string) {
    this.#status = status;
    this.#newId = newId;
  }

  open(socket: BackendSocket): void {
    if (this.#sockets.size >= MAX_SOCKETS) {
      socket.close(1013, 'Too many sockets.');
      return;
    }
    this.#sockets.add(socket);
    socket.onClose(() => this.#sockets.delete(socket));
    const sid = socket.clientId ?? this.#newId().replaceAll('-', '');
    socket.send(JSON.stringify({ type: 'status', data: { status: this.#status(), sid } }));
    socket.onMessage((source) => {
      // The client's flags come first and are answered with the server's; anything else is ignored, as ComfyUI does.
      if (messageType(source) === 'feature_flags') {
        socket.send(JSON.stringify({ type: 'feature_flags', data: SERVER_FEATURES }));
      }
    });
  }

  emit(type: string, data: unknown): void {
    const message = JSON.stringify({ type, data });
    for (const socket of this.#sockets) socket.send(message);
  }

  /** A binary message: a preview while a node works. */
  emitBytes(bytes: ArrayBuffer): void {
    for (const socket of this.#sockets) socket.send(bytes);
  }

  close(): void {
    for (const socket of [...this.#sockets]) socket.close(1001, 'The backend was closed.');
  }
}

function messageType(source: string): unknown {
  try {
    const message: unknown = JSON.parse(source);
    return isRecord(message) ? message.type : null;
  } catch {
    return null;
  }
}

/** ComfyUI's binary preview (type 4): length-prefixed JSON about the picture, then the picture. Big-endian. */
export function previewMessage(metadata: Readonly<Record<string, unknown>>, image: Uint8Array): ArrayBuffer {
  const facts = new TextEncoder().encode(JSON.stringify(metadata));
  const bytes = new Uint8Array(8 + facts.length + image.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 4);
  view.setUint32(4, facts.length);
  bytes.set(facts, 8);
  bytes.set(image, 8 + facts.length);
  return bytes.buffer;
}
