import { announce, mountAnnouncer } from './announce.ts';
import './avatars.ts';
import './backups-panel.ts';
import './banner.ts';
import { changesToSay, ownRights } from './changes.ts';
import type { NexusChat } from './chat.ts';
import './chat.ts';
import './cursors.ts';
import { ACTION_FAILED, type NexusElement } from './element.ts';
import type { NexusFloat } from './float.ts';
import './float.ts';
import type { NexusHint } from './hint.ts';
import './hint.ts';
import type { NexusInvitePopover } from './invite-popover.ts';
import './invite-popover.ts';
import './join-card.ts';
import './lock-marks.ts';
import type { NexusKeys } from './keys.ts';
import { altKey } from './keys.ts';
import type { MeshModel, MeshState, Severity } from './model.ts';
import type { Memory } from './movable.ts';
import './refusal.ts';
import './session-panel.ts';
import { isPhone } from './sheet.ts';
import type { NexusSnack } from './snack.ts';
import './snack.ts';
import { onLocaleChange, setLocale, t } from './strings.ts';
import './users-panel.ts';
import { mountViewOnly } from './view-only.ts';

/** Above the canvas and the frontend's own bars (999), below its menus and dialogs (from 1001). */
const FLOATS_Z_INDEX = 1000;
/** Above everything, the splash of the booting frontend too. */
const CARD_Z_INDEX = 20_000;

const HINT_SEEN = 'hint-seen';

/** What the UI needs from the page around it. */
export interface UiHost {
  /** A language tag, e.g. of the frontend's own setting. */
  readonly locale: string;
  /** The frontend's own toasts. */
  toast(severity: Severity, summary: string, detail?: string): void;
  openSidebar(): void;
  /** The button under which the invite opens; null: top right. */
  inviteAnchor(): HTMLElement | null;
  /** Where floating panels may begin, CSS pixels of the viewport. */
  topBarBottom(): number;
  /** Small things to remember in this browser. */
  readonly memory: Memory;
  /** Where the canvas's free space begins, CSS pixels of the viewport. */
  canvasCorner(): { left: number; top: number };
}

export interface Ui {
  openInvite(): void;
  toggleUsers(): void;
  toggleBackups(): void;
  /** Opens the chat and puts the focus into its field. */
  openChat(): void;
  toggleKeys(): void;
  /** The sidebar; on a phone, where that is too narrow, a sheet. */
  openSession(): void;
  /** Idempotent. */
  close(): void;
}

export function mountUi(model: MeshModel, host: UiHost): Ui {
  setLocale(host.locale);
  const floats = layer('nexus-mesh', FLOATS_Z_INDEX);
  const cards = layer('nexus-mesh-card', CARD_Z_INDEX);
  const element = <Element extends NexusElement>(tag: string): Element =>
    Object.assign(document.createElement(tag) as Element, { model });
  const add = <Element extends NexusElement>(tag: string, parent: HTMLElement): Element =>
    parent.appendChild(element<Element>(tag));
  const disposers = [mountAnnouncer(cards), mountViewOnly(model), () => floats.remove(), () => cards.remove()];
  add('nexus-lock-marks', floats);
  add('nexus-cursors', floats);
  // Before the chat: on a phone its sheet lies over the banner, not the banner over its field.
  add('nexus-banner', floats);
  const chat = element<NexusChat>('nexus-chat');
  chat.memory = host.memory;
  chat.corner = () => host.canvasCorner();
  floats.append(chat);
  const popover = add<NexusInvitePopover>('nexus-invite-popover', floats);
  const float = (panel: string, title: FloatTitle) =>
    fillFloat(add<NexusFloat>('nexus-float', floats), element(panel), title, host, disposers);
  const users = float('nexus-users-panel', 'users.title');
  users.keys = altKey('P');
  const backups = float('nexus-backups-panel', 'backups.title');
  backups.keys = altKey('O');
  const session = float('nexus-session-panel', 'session.title');
  for (const panel of [users, backups, session]) panel.others = () => [users, backups, session];
  add('nexus-refusal', floats);
  const snack = add<NexusSnack>('nexus-snack', floats);
  const keys = add<NexusKeys>('nexus-keys', floats);
  mountHint(add<NexusHint>('nexus-hint', floats), host);
  add('nexus-join-card', cards);

  const openInvite = (fresh: boolean) => void popover.open(host.inviteAnchor(), { fresh });
  disposers.push(followState(model, host, snack, openInvite), reportFailures(host));
  return {
    openInvite: () => openInvite(false),
    toggleUsers: () => users.toggle(),
    toggleBackups: () => backups.toggle(),
    openChat: () => void chat.open(),
    toggleKeys: () => keys.toggle(),
    openSession: () => {
      if (isPhone()) void session.open();
      else host.openSidebar();
    },
    close: () => {
      for (const dispose of disposers.splice(0)) dispose();
    },
  };
}

function layer(id: string, zIndex: number): HTMLElement {
  const element = document.createElement('div');
  element.id = id;
  Object.assign(element.style, { position: 'fixed', inset: '0', pointerEvents: 'none', zIndex: String(zIndex) });
  document.body.append(element);
  return element;
}

type FloatTitle = 'users.title' | 'session.title' | 'backups.title';

function fillFloat(
  float: NexusFloat,
  panel: NexusElement,
  title: FloatTitle,
  host: UiHost,
  disposers: Array<() => void>,
): NexusFloat {
  float.panel = panel;
  float.top = () => host.topBarBottom();
  float.remember(host.memory, `spot.${title}`);
  const name = () => {
    float.heading = t(title);
  };
  name();
  disposers.push(onLocaleChange(name));
  return float;
}

function mountHint(hint: NexusHint, host: UiHost): void {
  hint.seen = host.memory.get(HINT_SEEN) !== null;
  hint.onSeen = () => host.memory.set(HINT_SEEN, '1');
}

/** Toasts, announcements, and the invite that opens by itself: what follows from a change rather than from a state. */
function followState(
  model: MeshModel,
  host: UiHost,
  snack: NexusSnack,
  openInvite: (fresh: boolean) => void,
): () => void {
  let before: MeshState = model.state;
  let shownNotice = before.notices.at(-1)?.id ?? -1;
  return model.subscribe(() => {
    const now = model.state;
    const said = changesToSay(before, now);
    if (said.length > 0) announce(said.join('. '));
    for (const { gained, text } of ownRights(before, now)) host.toast(gained ? 'success' : 'warn', text);
    for (const notice of now.notices) {
      if (notice.id <= shownNotice) continue;
      shownNotice = notice.id;
      if (notice.action) snack.show(notice);
      else host.toast(notice.severity, notice.summary, notice.detail);
    }
    const started = before.phase.kind === 'starting' && now.phase.kind === 'hosting' && !now.phase.resumed;
    before = now;
    if (!started) return;
    host.memory.set(HINT_SEEN, '1');
    openInvite(true);
  });
}

function reportFailures(host: UiHost): () => void {
  const listener = (event: Event) =>
    host.toast('error', t('error.action'), String((event as CustomEvent<string>).detail));
  document.addEventListener(ACTION_FAILED, listener);
  return () => document.removeEventListener(ACTION_FAILED, listener);
}
