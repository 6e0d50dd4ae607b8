/** Development only: open pages reload when the build has changed. */
import { type FSWatcher, watch } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Body } from './static-files.ts';

const ROUTE = 'nexus/dev-reload';
const CLIENT = `\n;new EventSource('${ROUTE}').onmessage = () => location.reload();\n`;
/** A build writes many files; pages reload once it is quiet. */
const QUIET_MS = 300;
const MAX_PAGES = 32;

export class DevReload {
  private readonly pages = new Set<ServerResponse>();
  private readonly watcher: FSWatcher;
  private timer: NodeJS.Timeout | undefined;

  constructor(dir: string) {
    this.watcher = watch(dir, { recursive: true }, () => this.onChange());
  }

  handle(name: string, response: ServerResponse): boolean {
    if (name !== ROUTE) return false;
    if (this.pages.size >= MAX_PAGES) this.pages.values().next().value?.end();
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(':\n\n');
    this.pages.add(response);
    response.on('close', () => this.pages.delete(response));
    return true;
  }

  inject(body: Body): Body {
    return { ...body, bytes: Buffer.concat([body.bytes, Buffer.from(CLIENT)]) };
  }

  close(): void {
    clearTimeout(this.timer);
    this.watcher.close();
    for (const page of this.pages) page.end();
  }

  private onChange(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const page of this.pages) page.write('data: changed\n\n');
    }, QUIET_MS);
  }
}
