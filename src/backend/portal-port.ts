import type { NoticeListener, Provider } from './provider.ts';

/**
 * Where the page script and the app module meet. The page script, which runs first, puts the port on `globalThis`; the
 * app module takes what it needs and, when the page was opened by an invite, supplies the provider.
 */
export interface PortalPort {
  /** The page's address without query and fragment, ending in a slash. */
  readonly baseUrl: string;
  /** Where people meet, as the page itself says; null: beside the page. Not checked here. */
  readonly places: { readonly signaling: string; readonly stun: readonly string[] } | null;
  /** The fragment of an invite link, without `#`; null when this page was opened without one. Opaque here. */
  readonly invite: string | null;
  /** Resolves with whichever provider answers this page. */
  readonly provider: Promise<Provider>;
  /** For a page opened by an invite: what answers the frontend from now on. A second call is ignored. */
  provide(provider: Provider): void;
  /** For a page opened by an invite that leads nowhere: go on alone, over the embedded provider. */
  provideEmbedded(): Promise<Provider>;
  /** Forgets the invite of this tab, so that a reload opens the person's own portal. */
  forgetInvite(): void;
  /**
   * While a session is hosted the frontend must not restore its own drafts on reload: the room is restored instead.
   * Kept for this tab; takes effect at the next load.
   */
  setHosting(hosting: boolean): void;
  /** Notices from the backend (storage full …) that the app should show; those from before are replayed. */
  onNotice(listener: NoticeListener): void;
}

declare global {
  var nexusMeshPortal: PortalPort | undefined;
}

/** The port of this page, or null when the code runs in a user's own ComfyUI. */
export function portalPort(): PortalPort | null {
  return globalThis.nexusMeshPortal ?? null;
}
