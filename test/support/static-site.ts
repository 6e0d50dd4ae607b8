/** The portal's plain files behind an ordinary web server, in a folder of it, and a signaling endpoint elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeSite } from '../../scripts/site.ts';
import { startServer } from '../../signaling/server.ts';
import { StaticFiles } from '../../signaling/static-files.ts';

const FOLDER = '/team/portal/';

export interface StaticSite {
  readonly url: string;
  readonly signaling: string;
  close(): Promise<void>;
}

export async function startStaticSite(): Promise<StaticSite> {
  const signaling = await startServer({ host: '127.0.0.1', port: 0 });
  const address = `ws://127.0.0.1:${signaling.port}/signal`;
  const root = path.join(await mkdtemp(path.join(tmpdir(), 'nexus-site-')), 'site');
  await writeSite(root, { signaling: address, stun: [] });
  const files = new StaticFiles();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site.test');
    const name = decodeURIComponent(pathname).slice(FOLDER.length) || 'index.html';
    const isInside = pathname.startsWith(FOLDER);
    const body = isInside ? await files.find({ root, immutable: () => false }, name) : undefined;
    if (body) return files.send(request, response, body);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${FOLDER}`,
    signaling: address,
    close: async () => {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), signaling.close()]);
      await rm(path.dirname(root), { recursive: true, force: true });
    },
  };
}
