import {
  actionButton,
  canvasCorner,
  extensionChrome,
  mountUi,
  reactiveTick,
  SIDEBAR_TAB_ID,
  setLocale,
  topBarBottom,
  type Ui,
} from '../ui/index.ts';
import type { Severity } from '../ui/model.ts';
import type { MeshApp } from './mesh-app.ts';

const TOAST_MS = 6000;
const MAX_EARLY_TOASTS = 5;

/** The parts of ComfyUI's `app` that the chrome around a session uses. */
interface ComfyApp {
  registerExtension(extension: object): void;
  menu?: { element?: HTMLElement };
  /** Not there in the first moments of a page. */
  extensionManager: {
    registerSidebarTab(tab: object): void;
    toast: { add(toast: { severity: string; summary: string; detail?: string; life: number }): void };
    setting: { get(id: string): unknown };
    command: { execute(id: string): void };
    sidebarTab?: { activeSidebarTabId: string | null };
  };
}

function comfyApp(): ComfyApp | undefined {
  return (window as { comfyAPI?: { app?: { app?: ComfyApp } } }).comfyAPI?.app?.app;
}

/** The UI of a page, before or after the frontend is there: what needs the frontend looks for it when it is used. */
export function mountMeshUi(mesh: MeshApp): Ui {
  return mountUi(mesh, {
    locale: locale(),
    toast,
    openSidebar,
    inviteAnchor: actionButton,
    topBarBottom,
    canvasCorner,
    memory: {
      get: (key) => localStorage.getItem(`nexus-mesh.${key}`),
      set: (key, value) => localStorage.setItem(`nexus-mesh.${key}`, value),
    },
  });
}

/** Puts our buttons, commands, keys and sidebar tab into the frontend. `onSetUp` runs when the frontend is set up. */
export function registerMesh(mesh: MeshApp, ui: Ui, onSetUp: () => void, settings: readonly object[] = []): void {
  const app = comfyApp();
  if (!app) throw new Error('Nexus Mesh was loaded outside a ComfyUI page.');
  const chrome = extensionChrome(mesh, {
    openInvite: () => ui.openInvite(),
    toggleUsers: () => ui.toggleUsers(),
    toggleBackups: () => ui.toggleBackups(),
    openChat: () => ui.openChat(),
    toggleKeys: () => ui.toggleKeys(),
    openSidebar: () => ui.openSession(),
    ...reactiveTick(() => comfyApp()?.extensionManager),
  });
  app.registerExtension({
    name: 'NexusMesh',
    settings,
    commands: chrome.commands,
    keybindings: chrome.keybindings,
    menuCommands: chrome.menuCommands,
    getNodeMenuItems(node: { id: string | number }) {
      return mesh.nodeMenu(node.id);
    },
    get actionBarButtons() {
      return chrome.actionBarButtons;
    },
    get topbarBadges() {
      return chrome.topbarBadges;
    },
    setup() {
      setLocale(locale());
      app.extensionManager.registerSidebarTab(chrome.sidebarTab);
      if (app.menu?.element) chrome.mountAvatars(app.menu.element);
      for (const message of early.splice(0)) app.extensionManager.toast.add(message);
      onSetUp();
    },
  });
}

function locale(): string {
  const chosen = comfyApp()?.extensionManager?.setting?.get('Comfy.Locale');
  return typeof chosen === 'string' ? chosen : navigator.language;
}

type Toast = Parameters<ComfyApp['extensionManager']['toast']['add']>[0];

/** What there was to say before the frontend could show it. */
const early: Toast[] = [];

function toast(severity: Severity, summary: string, detail?: string): void {
  const message: Toast = { severity, summary, ...(detail ? { detail } : {}), life: TOAST_MS };
  const toasts = comfyApp()?.extensionManager?.toast;
  if (toasts) toasts.add(message);
  else if (early.length < MAX_EARLY_TOASTS) early.push(message);
}

/** The command toggles: an open tab stays open. */
function openSidebar(): void {
  const manager = comfyApp()?.extensionManager;
  if (!manager || manager.sidebarTab?.activeSidebarTabId === SIDEBAR_TAB_ID) return;
  manager.command.execute(`Workspace.ToggleSidebarTab.${SIDEBAR_TAB_ID}`);
}
