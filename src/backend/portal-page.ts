import type { PortalPort } from './portal-port.ts';
import type { Notice, NoticeListener, Provider } from './provider.ts';

/** An invite's fragment begins so; what follows is opaque here. */
const INVITE_FRAGMENT = /^#nexus=/;
/** Per tab: a reload gets back in, another tab does not. */
const INVITE_KEY = 'nexus-mesh.invite';
const HOSTING_KEY = 'nexus-mesh.hosting';
/** Notices kept for an app that listens later. */
const MAX_NOTICES = 16;

export interface PortalPageOptions {
  readonly window: Window & typeof globalThis;
  /** What the page script's own tag carries. */
  readonly data: { readonly signaling?: string; readonly stun?: string };
  readonly createEmbedded: (options: { notify: NoticeListener; persistDrafts: boolean }) => Provider;
  /** Called when the frontend asks for its extensions. */
  readonly onExtensions: (kind: Provider['kind']) => void;
}

/** The page's side of the port: takes the invite off the address, and decides who answers. */
export function createPortalPort(options: PortalPageOptions): PortalPort {
  const { window } = options;
  const invite = takeInvite(window);
  const notices: Notice[] = [];
  const listeners = new Set<NoticeListener>();
  let settle!: (provider: Provider) => void;
  const provider = new Promise<Provider>((resolve) => {
    settle = resolve;
  });
  let chosen = false;

  const notify: NoticeListener = (notice) => {
    console.warn(`Nexus Mesh: ${notice.text}`);
    if (notices.length < MAX_NOTICES) notices.push(notice);
    for (const listener of listeners) listener(notice);
  };
  const choose = (create: () => Provider): void => {
    if (chosen) return;
    chosen = true;
    settle(watchExtensions(create(), options.onExtensions));
  };
  const chooseEmbedded = (): void =>
    choose(() => options.createEmbedded({ notify, persistDrafts: read(window, HOSTING_KEY) === null }));

  if (invite === null) chooseEmbedded();
  return {
    baseUrl: new URL('.', window.location.href).href,
    places: placesFrom(options.data),
    invite,
    provider,
    provide: (given) => choose(() => given),
    provideEmbedded() {
      chooseEmbedded();
      return provider;
    },
    forgetInvite: () => write(window, INVITE_KEY, null),
    setHosting: (hosting) => write(window, HOSTING_KEY, hosting ? '1' : null),
    onNotice(listener) {
      listeners.add(listener);
      for (const notice of notices) listener(notice);
    },
  };
}

function placesFrom({ signaling, stun = '' }: PortalPageOptions['data']): PortalPort['places'] {
  return signaling ? { signaling, stun: stun.split(' ').filter((address) => address !== '') } : null;
}

function watchExtensions(provider: Provider, onExtensions: (kind: Provider['kind']) => void): Provider {
  let asked = false;
  return {
    kind: provider.kind,
    handle(request) {
      if (!asked && request.path === 'extensions') {
        asked = true;
        onExtensions(provider.kind);
      }
      return provider.handle(request);
    },
    open: (socket) => provider.open(socket),
    close: () => provider.close(),
  };
}

/**
 * The frontend uses the fragment for the id of the graph on show, and would look the invite up as one: so it comes off
 * the address and stays in this tab's storage. Pasting another link into the same tab only changes the fragment: then
 * the page is loaded anew with it.
 */
function takeInvite(window: Window & typeof globalThis): string | null {
  const onNewFragment = (event: Event): void => {
    if (!INVITE_FRAGMENT.test(window.location.hash)) return;
    event.stopImmediatePropagation();
    keep(window);
    window.location.reload();
  };
  for (const type of ['popstate', 'hashchange']) window.addEventListener(type, onNewFragment, { capture: true });
  return INVITE_FRAGMENT.test(window.location.hash) ? keep(window) : read(window, INVITE_KEY);
}

function keep(window: Window & typeof globalThis): string {
  const invite = window.location.hash.slice(1);
  write(window, INVITE_KEY, invite);
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  return invite;
}

function read(window: Window, key: string): string | null {
  try {
    return window.sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Storage may be blocked altogether; then a reload starts afresh, and nothing else is lost. */
function write(window: Window, key: string, value: string | null): void {
  try {
    if (value === null) window.sessionStorage.removeItem(key);
    else window.sessionStorage.setItem(key, value);
  } catch {
    return;
  }
}
