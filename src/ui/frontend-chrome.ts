import type { NexusAvatars } from './avatars.ts';
import './avatars.ts';
import type { NexusSidebar } from './sidebar.ts';
import './sidebar.ts';
import { runAction } from './element.ts';
import { ACTION_BUTTON_CLASS } from './frontend-hooks.ts';
import { invitingOf, type MeshModel, type Phase } from './model.ts';
import { t } from './strings.ts';
import { ON_FILL, TOKENS } from './theme.ts';

/**
 * Our pieces in the shapes that ComfyUI's `registerExtension` and `registerSidebarTab` take. The frontend's own types are
 * GPL and not bundled, so the few that are used are written down here.
 */

export interface Command {
  readonly id: string;
  readonly label: string;
  readonly icon?: string;
  readonly function: () => void | Promise<void>;
}

export interface Keybinding {
  readonly commandId: string;
  readonly combo: { readonly key: string; readonly alt?: boolean; readonly shift?: boolean; readonly ctrl?: boolean };
}

export interface ActionBarButton {
  readonly icon?: string;
  readonly label?: string;
  readonly class?: string;
  readonly onClick: () => void;
}

export interface TopbarBadge {
  readonly text: string;
  readonly label?: string;
  readonly variant?: 'info' | 'warning' | 'error';
  readonly tooltip?: string;
}

export interface SidebarTab {
  readonly id: string;
  readonly icon: string;
  readonly title: string;
  readonly tooltip: string;
  readonly type: 'custom';
  readonly iconBadge: () => string | null;
  readonly render: (container: HTMLElement) => void;
  readonly destroy: () => void;
}

/** What the pieces do beyond the model. */
export interface ChromeHooks {
  openInvite(): void;
  toggleUsers(): void;
  toggleBackups(): void;
  openChat(): void;
  toggleKeys(): void;
  openSidebar(): void;
  /**
   * Called by everything the frontend computes from our state. It must read something that the frontend tracks, and
   * `touch` must change that: the frontend then asks again. Without it the pieces stay as they were at start.
   */
  track(): void;
  touch(): void;
}

export interface ExtensionChrome {
  readonly commands: readonly Command[];
  readonly keybindings: readonly Keybinding[];
  readonly menuCommands: ReadonlyArray<{ readonly path: readonly string[]; readonly commands: readonly string[] }>;
  /** A getter: read it from the extension object as a getter too, or it freezes. */
  readonly actionBarButtons: readonly ActionBarButton[];
  readonly topbarBadges: readonly TopbarBadge[];
  readonly sidebarTab: SidebarTab;
  /** The avatars, for a container in the top bar such as `app.menu.element`. Returns their disposer. */
  mountAvatars(container: HTMLElement): () => void;
  readonly close: () => void;
}

export const SIDEBAR_TAB_ID = 'nexus-mesh';

const COMMANDS = {
  start: 'NexusMesh.StartSession',
  invite: 'NexusMesh.Invite',
  join: 'NexusMesh.Join',
  leave: 'NexusMesh.LeaveSession',
  users: 'NexusMesh.ToggleUsers',
  backups: 'NexusMesh.ToggleBackups',
  chat: 'NexusMesh.Chat',
  keys: 'NexusMesh.Keys',
} as const;

/**
 * The frontend compares the character that arrives. On macOS Option+P arrives as π and with Shift as ∏ (not π's capital),
 * Option+O as ø. Keys without Ctrl, Alt or Meta it leaves to text fields by itself, so `t` types a t there.
 */
const KEYBINDINGS: readonly Keybinding[] = [
  { commandId: COMMANDS.users, combo: { key: 'p', alt: true } },
  { commandId: COMMANDS.users, combo: { key: 'p', alt: true, shift: true } },
  { commandId: COMMANDS.users, combo: { key: 'π', alt: true } },
  { commandId: COMMANDS.users, combo: { key: '∏', alt: true, shift: true } },
  { commandId: COMMANDS.backups, combo: { key: 'o', alt: true } },
  { commandId: COMMANDS.backups, combo: { key: 'o', alt: true, shift: true } },
  { commandId: COMMANDS.backups, combo: { key: 'ø', alt: true } },
  { commandId: COMMANDS.backups, combo: { key: 'ø', alt: true, shift: true } },
  { commandId: COMMANDS.chat, combo: { key: 't' } },
  { commandId: COMMANDS.keys, combo: { key: '?', shift: true } },
  // Layouts that have ? without Shift.
  { commandId: COMMANDS.keys, combo: { key: '?' } },
];

export function extensionChrome(model: MeshModel, hooks: ChromeHooks): ExtensionChrome {
  const stopTouching = model.subscribe(() => hooks.touch());
  const stopGlow = glowOnce();
  return {
    commands: commands(model, hooks),
    keybindings: KEYBINDINGS,
    menuCommands: [{ path: [t('app.name')], commands: Object.values(COMMANDS) }],
    get actionBarButtons() {
      hooks.track();
      return actionBarButtons(model, hooks);
    },
    get topbarBadges() {
      hooks.track();
      return badges(model.state.phase);
    },
    sidebarTab: sidebarTab(model, hooks),
    mountAvatars: (container) => mountAvatars(model, hooks, container),
    close: () => {
      stopTouching();
      stopGlow();
    },
  };
}

function commands(model: MeshModel, hooks: ChromeHooks): Command[] {
  return [
    { id: COMMANDS.start, label: t('command.start'), function: () => startOrInvite(model, hooks) },
    { id: COMMANDS.invite, label: t('command.invite'), function: () => startOrInvite(model, hooks) },
    // The Session section has the field for the link.
    { id: COMMANDS.join, label: t('command.join'), function: () => hooks.openSidebar() },
    // Leaving asks once more, and the place that asks is the Session section.
    { id: COMMANDS.leave, label: t('command.leave'), function: () => hooks.openSidebar() },
    { id: COMMANDS.users, label: t('command.users'), function: () => hooks.toggleUsers() },
    { id: COMMANDS.backups, label: t('command.backups'), function: () => hooks.toggleBackups() },
    { id: COMMANDS.chat, label: t('command.chat'), function: () => hooks.openChat() },
    { id: COMMANDS.keys, label: t('command.keys'), function: () => hooks.toggleKeys() },
  ];
}

async function startOrInvite(model: MeshModel, hooks: ChromeHooks): Promise<void> {
  const { kind } = model.state.phase;
  if (invitingOf(model.state.phase)) hooks.openInvite();
  else if (kind === 'idle' || kind === 'ended') await runAction(() => model.actions.startSession());
  else if (kind === 'guest') hooks.openSidebar();
}

function actionBarButtons(model: MeshModel, hooks: ChromeHooks): ActionBarButton[] {
  const { kind } = model.state.phase;
  const canInvite = invitingOf(model.state.phase) !== null;
  const labels: Partial<Record<Phase['kind'], string>> = {
    idle: t('session.start'),
    ended: t('session.start'),
    starting: t('session.starting'),
  };
  const label = canInvite ? t('session.invite') : labels[kind];
  if (!label) return [];
  const icon = canInvite ? 'icon-[lucide--mail-plus] size-4' : 'icon-[lucide--users] size-4';
  const look = canInvite ? `${ACTION_BUTTON_CLASS} hosting` : ACTION_BUTTON_CLASS;
  // No tooltip: the frontend would make it the button's accessible name.
  return [{ icon, label, class: look, onClick: () => void startOrInvite(model, hooks) }];
}

function badges(phase: Phase): TopbarBadge[] {
  if (phase.kind === 'hosting') return [{ text: t('badge.hosting'), variant: 'info', tooltip: phase.roomName }];
  if (phase.kind !== 'guest') return [];
  const tooltip = t('session.guestOf', { host: phase.hostName });
  return phase.connection === 'live'
    ? [{ text: t('badge.guest'), variant: 'info', tooltip }]
    : [{ text: t('badge.trouble'), variant: 'warning', tooltip }];
}

function sidebarTab(model: MeshModel, hooks: ChromeHooks): SidebarTab {
  let panel: NexusSidebar | null = null;
  return {
    id: SIDEBAR_TAB_ID,
    icon: 'icon-[lucide--users]',
    title: t('app.name'),
    tooltip: t('app.name'),
    type: 'custom',
    iconBadge: () => {
      hooks.track();
      const others = model.state.people.length - 1;
      return others > 0 ? String(others + 1) : null;
    },
    // The frontend calls this on each of its own renders, so it must be idempotent.
    render: (container) => {
      panel ??= document.createElement('nexus-sidebar') as NexusSidebar;
      panel.model = model;
      container.style.height = '100%';
      if (panel.parentElement !== container) container.replaceChildren(panel);
    },
    destroy: () => {
      panel?.remove();
      panel = null;
    },
  };
}

/** The frontend shows its container for foreign elements only while something in it has children, so leave none in there when alone. */
function mountAvatars(model: MeshModel, hooks: ChromeHooks, container: HTMLElement): () => void {
  const frame = document.createElement('div');
  frame.style.display = 'contents';
  container.append(frame);
  const avatars = document.createElement('nexus-avatars') as NexusAvatars;
  avatars.model = model;
  avatars.open = () => hooks.openSidebar();
  const show = () => {
    const needed = model.state.people.length > 0;
    if (needed && !avatars.isConnected) frame.append(avatars);
    else if (!needed) avatars.remove();
  };
  const stop = model.subscribe(show);
  show();
  return () => {
    stop();
    frame.remove();
  };
}

/** The button is the frontend's, so its look is a sheet of the page: accent colour, and one glow at the first sight. */
function glowOnce(): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .${ACTION_BUTTON_CLASS} { color: var(--fg-color) !important; font-weight: 600; }
    .${ACTION_BUTTON_CLASS}.hosting { background: ${TOKENS.dark.accent} !important; color: ${ON_FILL} !important; }
    .${ACTION_BUTTON_CLASS}:not(.hosting) { box-shadow: inset 0 0 0 1px color-mix(in srgb, #5b8cff 60%, transparent); }
    @media (prefers-reduced-motion: no-preference) {
      .${ACTION_BUTTON_CLASS}:not(.hosting) { animation: nexus-mesh-glow 1.6s ease-out 0.8s 1; }
    }
    @keyframes nexus-mesh-glow {
      30% { box-shadow: inset 0 0 0 1px #5b8cff, 0 0 0 6px color-mix(in srgb, #5b8cff 35%, transparent); }
    }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}
