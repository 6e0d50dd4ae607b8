import type { Locator, Page } from 'playwright-core';
import type { JsonObject } from '../../src/core/json.ts';

const DOUBLE_CLICKS = 3;
const DOUBLE_CLICK_WAIT_MS = 4000;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Nodes drawn on the canvas, or built of Vue components (Nodes 2.0). */
export type Renderer = 'classic' | 'vue';

/** Where on a node: its title, middle, lower right corner, a slot, a widget. */
export type Spot =
  | { readonly at: 'title' | 'middle' | 'corner' }
  | { readonly input: number }
  | { readonly output: number }
  | { readonly widget: string };

/** The parts of the live graph that tests look at from within the page. */
interface PageNode {
  id: string;
  type: string;
  pos: number[];
  size: number[];
  widgets?: { name: string; last_y?: number; y?: number; computedHeight?: number; value: unknown }[];
  getInputPos(slot: number): number[];
  getOutputPos(slot: number): number[];
}

/** A person's mouse and keyboard in one page of the frontend. */
export class Hand {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Runs an expression in the page, with `app`, `graph` (the one in view) and `canvas` at hand. */
  run<T>(expression: string): Promise<T> {
    const script = `(() => { const app = window.comfyAPI.app.app; const canvas = app.canvas;
      const root = app.rootGraph; const graph = canvas.graph; return (${expression}); })()`;
    return this.page.evaluate(script) as Promise<T>;
  }

  /** Scale 1, the graph's origin at this point of the canvas, and no minimap in the way. */
  async look(x = 80, y = 100): Promise<void> {
    await this.run(`(app.extensionManager.setting.set('Comfy.Minimap.Visible', false), 0)`);
    await this.run(`(canvas.ds.scale = 1, canvas.ds.offset = [${x}, ${y}], canvas.setDirty(true, true), 0)`);
    await this.pause();
  }

  /** Two frames. */
  async pause(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
    );
  }

  async spot(node: string, spot: Spot): Promise<Point> {
    return this.page.evaluate(
      ([id, where]) => {
        const { canvas } = (window as unknown as { comfyAPI: { app: { app: { canvas: never } } } }).comfyAPI.app.app;
        const view = canvas as unknown as {
          canvas: HTMLCanvasElement;
          ds: { scale: number; offset: number[] };
          graph: { getNodeById(id: string): PageNode };
        };
        const item = view.graph.getNodeById(id as string);
        const place = where as Record<string, unknown>;
        const shown = document.querySelector(`[data-node-id="${id}"]`);
        if (shown) {
          // Nodes 2.0: the page itself knows where things are.
          let query = ':scope';
          if (place.at === 'title') query = '[data-testid="node-title"]';
          if (typeof place.input === 'number') query = `[data-slot-key="${id}-in-${place.input}"]`;
          if (typeof place.output === 'number') query = `[data-slot-key="${id}-out-${place.output}"]`;
          if (typeof place.widget === 'string') query = `[data-widget-name="${place.widget}"] .col-span-2`;
          const target = shown.querySelector(query) ?? shown;
          const { x, y, width, height } = target.getBoundingClientRect();
          return place.at === 'corner'
            ? { x: x + width - 3, y: y + height - 3 }
            : { x: x + width / 2, y: y + height / 2 };
        }
        const [x, y] = item.pos as [number, number];
        const [w, h] = item.size as [number, number];
        let point = [x + w / 2, y + h / 2];
        if (place.at === 'title') point = [x + Math.min(60, w / 2), y - 15];
        if (place.at === 'corner') point = [x + w - 3, y + h - 3];
        if (typeof place.input === 'number') point = item.getInputPos(place.input);
        if (typeof place.output === 'number') point = item.getOutputPos(place.output);
        if (typeof place.widget === 'string') {
          const widget = item.widgets?.find((candidate) => candidate.name === place.widget);
          point = [x + w / 2, y + (widget?.last_y ?? widget?.y ?? 0) + 10];
        }
        const box = view.canvas.getBoundingClientRect();
        return {
          x: ((point[0] as number) + (view.ds.offset[0] as number)) * view.ds.scale + box.left,
          y: ((point[1] as number) + (view.ds.offset[1] as number)) * view.ds.scale + box.top,
        };
      },
      [node, spot] as const,
    );
  }

  /** Switches between classic nodes and Nodes 2.0, as the setting does. */
  async renderer(which: Renderer): Promise<void> {
    await this.run(`(app.extensionManager.setting.set('Comfy.VueNodes.Enabled', ${which === 'vue'}), 0)`);
    await this.page.waitForFunction(
      (isVue) => (window as unknown as { LiteGraph: { vueNodesMode?: boolean } }).LiteGraph.vueNodesMode === isVue,
      which === 'vue',
    );
    await this.pause();
  }

  async click(point: Point, options: { modifiers?: string[]; button?: 'left' | 'right' } = {}): Promise<void> {
    const keys = options.modifiers ?? [];
    for (const key of keys) await this.page.keyboard.down(key);
    await this.page.mouse.click(point.x, point.y, { button: options.button ?? 'left' });
    for (const key of keys) await this.page.keyboard.up(key);
    await this.pause();
  }

  /** Double clicks until what it opens is there: a slow machine may see two clicks, and a person would try again. */
  async doubleClick(at: Point, opened: Locator = this.page.locator('input:focus')): Promise<void> {
    for (let left = DOUBLE_CLICKS; left > 0; left--) {
      await this.page.mouse.dblclick(at.x, at.y);
      const isOpen = opened.waitFor({ timeout: DOUBLE_CLICK_WAIT_MS }).then(() => true);
      if (await isOpen.catch((error: Error) => (left === 1 ? Promise.reject(error) : false))) return;
    }
  }

  /** Presses, moves in steps, releases. `during` runs before the release. */
  async drag(
    from: Point,
    to: Point,
    options: { steps?: number; modifiers?: string[]; during?: () => Promise<void> } = {},
  ): Promise<void> {
    const { mouse, keyboard } = this.page;
    const steps = options.steps ?? 8;
    for (const key of options.modifiers ?? []) await keyboard.down(key);
    await mouse.move(from.x, from.y);
    await this.pause();
    await mouse.down();
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      await mouse.move(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
      await this.pause();
    }
    await options.during?.();
    await mouse.up();
    for (const key of options.modifiers ?? []) await keyboard.up(key);
    await this.pause();
  }

  async dragBy(from: Point, dx: number, dy: number, options: Parameters<Hand['drag']>[2] = {}): Promise<void> {
    await this.drag(from, { x: from.x + dx, y: from.y + dy }, options);
  }

  async press(keys: string): Promise<void> {
    await this.page.keyboard.press(keys);
    await this.pause();
  }

  /** Clicks an empty place, so that nothing is selected and no field has the focus. */
  async rest(point: Point = { x: 640, y: 740 }): Promise<void> {
    await this.press('Escape');
    await this.run('(document.activeElement?.blur?.(), canvas.deselectAll?.(), canvas.canvas.focus?.(), 0)');
    await this.page.mouse.move(point.x, point.y);
    await this.pause();
  }

  node(id: string): Promise<JsonObject> {
    return this.run(`graph.getNodeById(${JSON.stringify(id)}).serialize()`);
  }

  nodes(): Promise<{ id: string; type: string }[]> {
    return this.run('graph._nodes.map((node) => ({ id: String(node.id), type: node.type }))');
  }
}
