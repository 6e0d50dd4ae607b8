/** The frontend's index.html with our one tag, and the policy under which the browser runs it. */
import { createHash } from 'node:crypto';

const PAGE_SCRIPT = '<script src="nexus/page.js"></script>';

/** Ours must be first: it stands in for fetch and WebSocket before anything of the frontend runs. */
export function insertPageScript(html: string): string {
  const head = /<head[^>]*>/i.exec(html);
  if (!head)
    throw new Error('The frontend’s index.html has no <head>. Delete .cache/comfyui-frontend and start again.');
  const at = head.index + head[0].length;
  return html.slice(0, at) + PAGE_SCRIPT + html.slice(at);
}

/**
 * The strictest policy the frontend bears. Its own inline scripts pass by their hashes; inline styles are everywhere in it.
 * Sockets may go anywhere because the PeerServer is the user's choice; nothing else leaves this origin.
 */
export function contentSecurityPolicy(html: string): string {
  return Object.entries({
    'default-src': "'none'",
    'script-src': ["'self'", "'wasm-unsafe-eval'", ...inlineScriptHashes(html)].join(' '),
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' blob: data:",
    'media-src': "'self' blob: data:",
    'font-src': "'self'",
    'connect-src': "'self' blob: data: ws: wss:",
    'worker-src': "'self' blob:",
    'manifest-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'self'",
    'frame-ancestors': "'none'",
    'form-action': "'none'",
  })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}

function inlineScriptHashes(html: string): string[] {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(
    (match) => match[1] ?? '',
  );
  return inline.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}
