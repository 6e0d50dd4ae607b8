import { widgetField } from '../core/fields-widgets.ts';
import { META, makeKey } from '../core/keys.ts';
import type { Op } from '../core/ops.ts';
import type { EditResult, SharedDocument } from '../core/shared-document.ts';
import type { FrontendAdapter } from './adapter.ts';
import { isPrimitive, PRIMITIVE_WIDGET } from './canonical.ts';
import type { FCanvas, FMenuItem, FNode, FWidget } from './frontend-types.ts';
import { LiveGraph } from './live-graph.ts';
import { Patches } from './patches.ts';
import { widgetWith } from './widget-fields.ts';

type Refused = EditResult & { readonly ok: false };

export interface HandGuardOptions {
  readonly adapter: FrontendAdapter;
  readonly shared: Pick<SharedDocument, 'document' | 'refusalOf'>;
  readonly isListening: () => boolean;
  /** Somebody tried what is not theirs to do. */
  readonly refused: (refusal: Refused) => void;
}

/** On elements: this person may not change what they stand for. */
const CLOSED = 'data-nexus-closed';
const DIMMED = 'nexus-mesh-dimmed';
/** Entries of the frontend's menus that change nothing of the workflow. */
const HARMLESS =
  /^(Properties Panel|Copy|Open Image|Save Image|Save Selected as Template|Enter Subgraph|Open in|Bookmark|Help)/i;
/** A copy of what is locked is not locked. */
const COPIES = /^Clone/i;

/**
 * What is not this person's to change says so before it is tried: the pointer, dimmed entries of menus; and a text that is closed to
 * them takes no key. Courtesy: what slips through here is refused by `SharedDocument.edit`, and by the host.
 */
export class HandGuard {
  readonly #options: HandGuardOptions;
  readonly #live: LiveGraph;
  readonly #patches = new Patches();
  readonly #stops: (() => void)[] = [];
  #pointed = '';

  constructor(options: HandGuardOptions, view: Window) {
    this.#options = options;
    this.#live = new LiveGraph(() => options.adapter.rootGraph);
    this.#listen(view, 'beforeinput', (event) => this.#beforeInput(event));
    this.#listen(view, 'pointerover', (event) => this.#markField(event.target));
    this.#listen(view, 'pointermove', (event) => this.#markCanvas(event.target));
    this.#dimMenus();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#patches.close();
    this.#canvas.canvas.removeAttribute(CLOSED);
  }

  get #canvas(): FCanvas {
    return this.#options.adapter.app.canvas;
  }

  #listen(view: Window, name: string, run: (event: Event) => void): void {
    const listener = (event: Event): void => {
      if (this.#options.isListening()) run(event);
    };
    view.addEventListener(name, listener, { capture: true });
    this.#stops.push(() => view.removeEventListener(name, listener, { capture: true }));
  }

  // ---- What may be changed

  #refusal(op: Op): Refused | null {
    return this.#options.shared.refusalOf([op]);
  }

  /** Any change of a node that is nobody's by itself: its title. */
  #nodeRefusal(node: FNode): Refused | null {
    const key = this.#keyOf(node);
    const title = this.#options.shared.document.field(key, 'title');
    return this.#refusal({ op: 'set', key, field: 'title', value: `${String(title ?? '')} ` });
  }

  #widgetRefusal(node: FNode, widget: FWidget): Refused | null {
    const key = this.#keyOf(node);
    const isFirst = isPrimitive(node.type) && node.widgets?.[0] === widget;
    const field = widgetField(isFirst ? PRIMITIVE_WIDGET : widget.name);
    return this.#refusal({ op: 'set', key, field, value: otherThan(this.#options.shared.document.field(key, field)) });
  }

  #keyOf(node: FNode): string {
    const { graph } = this.#canvas;
    return makeKey('node', node.id, graph ? this.#live.scopeOf(graph) : '');
  }

  // ---- Texts

  #beforeInput(event: Event): void {
    const refused = this.#fieldRefusal(event.target);
    if (!refused) return;
    event.preventDefault();
    this.#options.refused(refused);
  }

  #markField(target: EventTarget | null): void {
    if (!(target instanceof HTMLTextAreaElement)) return;
    if (this.#fieldRefusal(target)) target.setAttribute(CLOSED, 'input');
    else target.removeAttribute(CLOSED);
  }

  /** Of a text box that is a widget of a node in view. */
  #fieldRefusal(target: EventTarget | null): Refused | null {
    const { graph } = this.#canvas;
    const found = target instanceof HTMLElement && graph ? widgetWith(target, graph) : null;
    const widget = found?.node.widgets?.find(({ name }) => name === found.widget);
    return found && widget ? this.#widgetRefusal(found.node, widget) : null;
  }

  // ---- The canvas

  #markCanvas(target: EventTarget | null): void {
    const { canvas, graph, graph_mouse: mouse } = this.#canvas;
    if (target !== canvas || !graph || !mouse) return;
    const [x, y] = [Number(mouse[0]), Number(mouse[1])];
    const node = graph.getNodeOnPos?.(x, y) ?? null;
    const widget = node?.getWidgetOnPos?.(x, y) ?? null;
    const closed = this.#closedAt(node, widget);
    if (closed === this.#pointed && canvas.getAttribute(CLOSED) === (closed || null)) return;
    this.#pointed = closed;
    if (closed) canvas.setAttribute(CLOSED, closed);
    else canvas.removeAttribute(CLOSED);
  }

  #closedAt(node: FNode | null, widget: FWidget | null): '' | 'input' | 'node' {
    if (node && widget) return this.#widgetRefusal(node, widget) ? 'input' : '';
    return node && this.#nodeRefusal(node) ? 'node' : '';
  }

  // ---- Menus

  #dimMenus(): void {
    const prototype = Object.getPrototypeOf(this.#canvas) as Record<string, unknown>;
    const wrap = (name: string, refusal: (args: unknown[]) => Refused | null): void => {
      this.#patches.method(prototype, name, (original, _, args) => {
        const items = original(...args);
        const refused = this.#options.isListening() ? refusal(args) : null;
        return refused && Array.isArray(items) ? items.map((item) => this.#dimmed(item, refused)) : items;
      });
    };
    wrap('getNodeMenuOptions', ([node]) => this.#nodeRefusal(node as FNode));
    wrap('getCanvasMenuOptions', () =>
      this.#refusal({ op: 'set', key: META, field: 'extra/nexus-mesh', value: 'would it be allowed' }),
    );
  }

  #dimmed(item: FMenuItem | null, refused: Refused): FMenuItem | null {
    if (!item || typeof item.content !== 'string' || HARMLESS.test(item.content) || item.disabled) return item;
    if (refused.code === 'node-locked' && COPIES.test(item.content)) return item;
    const { submenu: _, has_submenu: __, ...rest } = item;
    return { ...rest, className: DIMMED, callback: () => this.#options.refused(refused) };
  }
}

/** A value of the same kind that is another. */
function otherThan(value: unknown): string | number | boolean {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value ?? '')} `;
}
