/** The portal with its signaling as `npm start` serves it, on a free port. Needs a build: `npm run build`. */
import { EXTENSION_DIR, PORTAL_DIR } from '../../scripts/build.ts';
import { ensureFrontend } from '../../scripts/fetch.ts';
import type { SignalingOptions } from '../../signaling/options.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';

export interface PortalServer extends RunningServer {
  /** With a trailing slash. */
  url: string;
}

/** `port` is for a server that comes back where it was; `target` for the ComfyUI of `--comfy`. */
export async function startPortal(
  signaling: Partial<SignalingOptions> = {},
  port = 0,
  target?: string,
): Promise<PortalServer> {
  const frontendDir = await ensureFrontend();
  const portal = { frontendDir, portalDir: PORTAL_DIR };
  const options = { frontendDir, extensionDir: EXTENSION_DIR, isOpen: false, trustProxy: false };
  const comfy = target === undefined ? {} : { comfy: { target, ...options } };
  const server = await startServer({ host: '127.0.0.1', port, portal, signaling, ...comfy });
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}
