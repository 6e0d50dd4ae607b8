import { type HostCalls, hostRoutes, type QueueAnswer, type QueueRequest } from '../backend/host-calls.ts';
import { shownBy } from '../backend/page-shim.ts';
import { installFetch } from '../backend/page-shim-fetch.ts';
import { installMediaSrc } from '../backend/page-shim-media.ts';
import { firstOf } from '../backend/route-list.ts';
import { createRouteMap, type RouteMap } from '../backend/routes.ts';
import type { Binding } from '../comfy/binding.ts';
import { completePrompt } from './complete-prompt.ts';
import type { GuestRuns } from './guest-runs.ts';
import { pageApi } from './host-backend.ts';

/** What of a guest's own ComfyUI is the host's while the shared workflow is on show: runs, and the pictures in its nodes. */
const HOSTS_ROUTES = /^(prompt|interrupt|queue|history|jobs|view|upload|embeddings)(\/|$)/;

/** What `prompt` says when it is only asked: the host's events tell how many there are. */
const NOTHING_QUEUED = { exec_info: { queue_remaining: 0 } };

/** In a ComfyUI of the guest's own: the host's events go in as if its own server had told them. */
export function tellFrontend(runs: GuestRuns, isShared: () => boolean): void {
  const say = (data: string | ArrayBuffer): void => {
    if (isShared()) pageApi()?.socket?.dispatchEvent(new MessageEvent('message', { data }));
  };
  runs.tell({ emit: (type, data) => say(JSON.stringify({ type, data })), emitBytes: say });
}

/** Sends the shared workflow's runs to the host, and takes its pictures from there, until the returned function is called. */
export function routeToHost(runs: GuestRuns, binding: Binding, notice: (text: string) => void): () => void {
  const isShared = (): boolean => binding.place === 'shown';
  const completed = ({ prompt, workflow }: QueueRequest): unknown => completePrompt(prompt, workflow);
  const queue = (request: QueueRequest): Promise<QueueAnswer> =>
    runs.calls.queuePrompt?.(request) ?? Promise.reject(new Error('Runs are not possible here.'));
  const host: HostCalls = {
    ...runs.calls,
    queuePrompt: (request) => queue({ ...request, prompt: completed(request) }),
  };
  const handle = firstOf(hostRoutes(host, NOTHING_QUEUED, ({ text }) => notice(text)));
  const all = createRouteMap(location.href);
  const routes: RouteMap = {
    match(url) {
      const target = isShared() ? all.match(url) : null;
      return target && HOSTS_ROUTES.test(target.path) ? target : null;
    },
    isSocket: () => null,
    outside: () => null,
    fixAsset: (href) => href,
  };
  const page = window as Window & typeof globalThis;
  const undo = [
    installFetch(page, routes, handle),
    installMediaSrc(page, routes, shownBy(handle)),
    // What was told while another tab was on show went past: the host tells again what there is.
    binding.on('place', () => {
      if (isShared()) runs.shown();
    }),
  ];
  return () => {
    for (const step of undo.splice(0)) step();
  };
}
