/** The portal with its signaling as `npm start` serves it, on a free port. Needs a build: `npm run build`. */
import { PORTAL_DIR } from '../../scripts/build.ts';
import { ensureFrontend } from '../../scripts/fetch.ts';
import type { SignalingOptions } from '../../signaling/options.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';

export interface PortalServer extends RunningServer {
  /** With a trailing slash. */
  url: string;
}

/** `port` is for a server that comes back where it was. */
export async function startPortal(signaling: Partial<SignalingOptions> = {}, port = 0): Promise<PortalServer> {
  const portal = { frontendDir: await ensureFrontend(), portalDir: PORTAL_DIR };
  const server = await startServer({ host: '127.0.0.1', port, portal, signaling });
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}
