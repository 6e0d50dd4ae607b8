/** The few places where the UI leans on how the frontend's page is built. Each has a fallback. */

/** The action-bar button carries this class, so that the invite can open under it. */
export const ACTION_BUTTON_CLASS = 'nexus-mesh-action';

const TOP_BAR = '[data-testid="top-menu-actionbars"]';
const TOP_BAR_FALLBACK_PX = 48;

/** Where free space below the frontend's top bar begins, CSS pixels of the viewport. */
export function topBarBottom(): number {
  const box = document.querySelector(TOP_BAR)?.getBoundingClientRect();
  return box && box.height > 0 ? box.bottom : TOP_BAR_FALLBACK_PX;
}

/** What the frontend's sidebars leave of the page; the canvas itself lies below them too. */
const CANVAS_PANEL = '#graph-canvas-panel';
const SIDE_TOOLBAR = '[data-testid="side-toolbar"]';

/** Where the canvas's free space begins at the top left: right of a sidebar on the left, below the top bar. */
export function canvasCorner(): { left: number; top: number } {
  const panel = document.querySelector(CANVAS_PANEL)?.getBoundingClientRect();
  const bar = document.querySelector(SIDE_TOOLBAR)?.getBoundingClientRect();
  const left = panel && panel.width > 0 ? panel.left : bar && bar.left < innerWidth / 2 ? bar.right : 0;
  return { left: Math.max(0, left), top: topBarBottom() };
}

/**
 * Calls back when sidebars open, close or are dragged wider. The frontend may come later than we: call `look` now and then,
 * it costs next to nothing.
 */
export function watchCanvas(changed: () => void, Observer = ResizeObserver): { look(): void; close(): void } {
  let watched: Element | null = null;
  const observer = new Observer(changed);
  return {
    look: () => {
      const panel = document.querySelector(CANVAS_PANEL);
      if (panel === watched) return;
      observer.disconnect();
      watched = panel;
      if (panel) observer.observe(panel);
    },
    close: () => observer.disconnect(),
  };
}

/** The button under which the invite opens. */
export function actionButton(): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.${ACTION_BUTTON_CLASS}`);
}

const TICK = 'nexusMeshTick';

/**
 * `track` and `touch` for ChromeHooks. Buttons and badges are computed by Vue from our extension's getters, and Vue asks a
 * getter again only when something reactive that it read has changed. `app.extensionManager` is reactive for any key, ours too.
 */
export function reactiveTick(store: () => object | undefined): { track(): void; touch(): void } {
  let ticks = 0;
  return {
    track: () => {
      const target = store();
      if (target) Reflect.get(target, TICK);
    },
    touch: () => {
      const target = store();
      ticks += 1;
      if (target) Reflect.set(target, TICK, ticks);
    },
  };
}
