import { type Handle, toBackendRequest } from './page-shim-fetch.ts';
import type { BackendResponse } from './provider.ts';
import type { BackendTarget, OutsideAnswer, RouteMap } from './routes.ts';

interface Finished {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly bytes: ArrayBuffer;
}

/** What an intercepted request knows of itself; null fields of the native object are answered from here. */
interface Exchange {
  readonly target: BackendTarget | null;
  readonly outside: OutsideAnswer | null;
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly abort: AbortController;
  readyState: number;
  finished: Finished | null;
}

async function finish(answer: BackendResponse): Promise<Finished> {
  const blob = answer.body instanceof Blob ? answer.body : new Blob([answer.body ?? '']);
  return {
    status: answer.status,
    statusText: answer.status < 400 ? 'OK' : 'Error',
    headers: new Headers(answer.headers ?? {}),
    bytes: await blob.arrayBuffer(),
  };
}

/**
 * A subclass of the platform's XMLHttpRequest: for any URL that is not the backend's it is the platform's own. For the
 * backend's it answers from the provider and raises the same events. Synchronous requests cannot be answered so: refused.
 */
export function installXhr(window: Window & typeof globalThis, routes: RouteMap, handle: Handle): () => void {
  const Native = window.XMLHttpRequest;

  class PortalXhr extends Native {
    #exchange: Exchange | null = null;

    override open(method: string, url: string | URL, ...rest: [boolean?, (string | null)?, (string | null)?]): void {
      const target = routes.match(url);
      const outside = target ? null : routes.outside(url);
      this.#exchange?.abort.abort();
      this.#exchange = null;
      if (!target && outside === null) {
        super.open(method, url, rest[0] ?? true, rest[1], rest[2]);
        return;
      }
      if (rest[0] === false) throw new DOMException('The portal has no synchronous backend.', 'InvalidAccessError');
      this.#exchange = {
        target,
        outside,
        method,
        url: new URL(url, window.location.href).href,
        headers: new Headers(),
        abort: new AbortController(),
        readyState: 1,
        finished: null,
      };
      this.dispatchEvent(new Event('readystatechange'));
    }

    override setRequestHeader(name: string, value: string): void {
      if (this.#exchange) this.#exchange.headers.append(name, value);
      else super.setRequestHeader(name, value);
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      const exchange = this.#exchange;
      if (!exchange) {
        super.send(body);
        return;
      }
      this.dispatchEvent(new ProgressEvent('loadstart'));
      this.#run(exchange, body instanceof Document ? body.documentElement.outerHTML : body).catch(() =>
        this.#fail(exchange, 'error'),
      );
    }

    async #run(exchange: Exchange, body: XMLHttpRequestBodyInit | null | undefined): Promise<void> {
      const bodyless = exchange.method === 'GET' || exchange.method === 'HEAD';
      const request = new Request(exchange.url, {
        method: exchange.method,
        headers: exchange.headers,
        body: bodyless ? null : (body ?? null),
        signal: exchange.abort.signal,
      });
      const answer = exchange.target
        ? await handle(toBackendRequest(exchange.target, request))
        : { status: 503, ...exchange.outside, headers: { 'content-type': 'application/json' } };
      const finished = await finish(answer);
      if (this.#exchange !== exchange || exchange.abort.signal.aborted) return;
      exchange.finished = finished;
      for (const readyState of [2, 3, 4]) {
        exchange.readyState = readyState;
        this.dispatchEvent(new Event('readystatechange'));
      }
      const sizes = { lengthComputable: true, loaded: finished.bytes.byteLength, total: finished.bytes.byteLength };
      this.upload.dispatchEvent(new ProgressEvent('load', sizes));
      this.dispatchEvent(new ProgressEvent('progress', sizes));
      this.dispatchEvent(new ProgressEvent('load', sizes));
      this.dispatchEvent(new ProgressEvent('loadend', sizes));
    }

    #fail(exchange: Exchange, type: 'error' | 'abort'): void {
      if (this.#exchange !== exchange || exchange.readyState === 4) return;
      exchange.readyState = 4;
      this.dispatchEvent(new Event('readystatechange'));
      this.dispatchEvent(new ProgressEvent(type));
      this.dispatchEvent(new ProgressEvent('loadend'));
    }

    override abort(): void {
      const exchange = this.#exchange;
      if (!exchange) {
        super.abort();
        return;
      }
      if (exchange.abort.signal.aborted || exchange.finished) return;
      exchange.abort.abort();
      this.#fail(exchange, 'abort');
    }

    override get readyState(): number {
      return this.#exchange ? this.#exchange.readyState : super.readyState;
    }
    override get status(): number {
      return this.#exchange ? (this.#exchange.finished?.status ?? 0) : super.status;
    }
    override get statusText(): string {
      return this.#exchange ? (this.#exchange.finished?.statusText ?? '') : super.statusText;
    }
    override get responseURL(): string {
      return this.#exchange ? (this.#exchange.finished ? this.#exchange.url : '') : super.responseURL;
    }
    override get responseText(): string {
      if (!this.#exchange) return super.responseText;
      return this.#exchange.finished ? new TextDecoder().decode(this.#exchange.finished.bytes) : '';
    }
    override get response(): unknown {
      if (!this.#exchange) return super.response;
      const finished = this.#exchange.finished;
      if (!finished) return this.responseType === '' || this.responseType === 'text' ? '' : null;
      if (this.responseType === 'arraybuffer') return finished.bytes;
      if (this.responseType === 'blob') {
        return new Blob([finished.bytes], { type: finished.headers.get('content-type') ?? '' });
      }
      if (this.responseType === 'json') return parseOrNull(this.responseText);
      return this.responseText;
    }
    override getResponseHeader(name: string): string | null {
      return this.#exchange ? (this.#exchange.finished?.headers.get(name) ?? null) : super.getResponseHeader(name);
    }
    override getAllResponseHeaders(): string {
      if (!this.#exchange) return super.getAllResponseHeaders();
      let lines = '';
      this.#exchange.finished?.headers.forEach((value, name) => {
        lines += `${name}: ${value}\r\n`;
      });
      return lines;
    }
  }

  window.XMLHttpRequest = PortalXhr;
  return () => {
    if (window.XMLHttpRequest === PortalXhr) window.XMLHttpRequest = Native;
  };
}

function parseOrNull(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return null;
  }
}
