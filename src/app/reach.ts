import type { Reach } from '../ui/index.ts';
import type { Places } from './options.ts';

const REACHES: readonly Reach[] = ['this-computer', 'this-network', 'anywhere'];

/** From where people can open the link and find the host, judged by the addresses alone: the nearer of the two decides. */
export function reachOf({ portalUrl, signaling }: Pick<Places, 'portalUrl' | 'signaling'>): Reach {
  const reaches = [portalUrl, signaling].map((url) => REACHES.indexOf(reachOfHost(new URL(url).hostname)));
  return REACHES[Math.min(...reaches)] ?? 'this-computer';
}

function reachOfHost(hostname: string): Reach {
  if (/^(localhost|127\.|\[::1\]$)|\.localhost$/.test(hostname)) return 'this-computer';
  const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cd]|\[fe80)/.test(hostname);
  const isLocalName = !hostname.includes('.') || /\.(local|lan|home|internal|test)$/.test(hostname);
  return isPrivate || (isLocalName && !hostname.startsWith('[')) ? 'this-network' : 'anywhere';
}
