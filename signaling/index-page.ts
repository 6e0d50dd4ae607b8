/** The frontend's index.html with our one tag, and the policy under which the browser runs it. */
import { createHash } from 'node:crypto';

/** Where people of this portal meet, for one that has no signaling beside its page. */
export interface PagePlaces {
  /** PeerServer-protocol endpoint, like `wss://host/path`. */
  readonly signaling: string;
  /** STUN servers, like `stun:host:3478`. */
  readonly stun: readonly string[];
}

/** Ours must be first: it stands in for fetch and WebSocket before anything of the frontend runs. */
export function insertPageScript(html: string, places?: PagePlaces): string {
  const head = /<head[^>]*>/i.exec(html);
  if (!head)
    throw new Error('The frontend’s index.html has no <head>. Delete .cache/comfyui-frontend and start again.');
  const at = head.index + head[0].length;
  const data = places
    ? ` data-signaling="${quoted(places.signaling)}" data-stun="${quoted(places.stun.join(' '))}"`
    : '';
  return `${html.slice(0, at)}<script src="nexus/page.js"${data}></script>${html.slice(at)}`;
}

function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

/**
 * The strictest policy the frontend bears. Its own inline scripts pass by their hashes; inline styles are everywhere in it.
 * Sockets may go anywhere because the PeerServer is the user's choice; nothing else leaves this origin.
 */
export function contentSecurityPolicy(html: string): string {
  return policyText({ ...policyOf(html), 'frame-ancestors': "'none'" });
}

/** The same for a host of plain files, where no header can be set. Such a page cannot forbid frames around it. */
export function insertPolicy(html: string): string {
  const policy = quoted(policyText(policyOf(html)));
  return html.replace(
    /<head[^>]*>/i,
    (head) => `${head}<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  );
}

function policyOf(html: string): Record<string, string> {
  return {
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
    'form-action': "'none'",
  };
}

function policyText(policy: Record<string, string>): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}

function inlineScriptHashes(html: string): string[] {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(
    (match) => match[1] ?? '',
  );
  return inline.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}
