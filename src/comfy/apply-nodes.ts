import type { ReadonlyDocument } from '../core/document.ts';
import { nodeJson } from '../core/fields-json.ts';
import { widgetOfField } from '../core/fields-widgets.ts';
import { type Json, type JsonObject, jsonEqual } from '../core/json.ts';
import { type Key, parseKey } from '../core/keys.ts';
import type { TextChanges } from '../core/text.ts';
import type { FrontendAdapter } from './adapter.ts';
import { isPrimitive, PRIMITIVE_WIDGET } from './canonical.ts';
import type { FNode, FSlot, FWidget } from './frontend-types.ts';
import type { IncomingTexts } from './incoming-texts.ts';
import type { LiveGraph } from './live-graph.ts';
import { focusedField, isFieldOf, keepingCaret } from './text-fields.ts';

export interface NodeContext {
  readonly adapter: FrontendAdapter;
  readonly live: LiveGraph;
  readonly texts: IncomingTexts;
  readonly document: () => ReadonlyDocument;
}

/** What cannot be set field by field: the node is configured anew, with its links taken off and put back. */
export type NodeOutcome = 'done' | 'reconfigure';

/** Brings single nodes of the live graph to what the document says. */
export class NodeApplier {
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Puts a node of the document into its graph, bare: `configure` gives it the rest when its neighbours are there. */
  add(key: Key): FNode | null {
    const { live, document, adapter } = this.#context;
    const json = nodeJson(document(), key);
    const parts = parseKey(key);
    const graph = parts && live.graph(parts.scope);
    if (!json || !graph) return null;
    const type = String(json.type);
    const title = typeof json.title === 'string' ? json.title : undefined;
    const node = adapter.classes.LiteGraph.createNode(type, title) ?? this.#placeholder(type, json);
    node.id = parts.id;
    graph.add(node, true);
    if (String(node.id) !== parts.id) throw new Error(`The editor gave node ${parts.id} another id, ${node.id}.`);
    return node;
  }

  /** Configures a whole node from the document, without touching links. */
  configure(key: Key): void {
    const { live, document } = this.#context;
    const node = live.node(key);
    const json = nodeJson(document(), key);
    if (!node || !json) return;
    const size = json.size;
    node.configure(withoutLinkReferences(json));
    if (node.has_errors && isPlaceholder(node, this.#context.adapter)) node.last_serialization = json;
    if (Array.isArray(size)) this.#resize(node, size);
  }

  /** Configures a node that is there already, its links taken off. */
  reconfigure(key: Key): void {
    const node = this.#context.live.node(key);
    if (node && !node.isSubgraphNode?.() && !isPlaceholder(node, this.#context.adapter)) this.#dropAddedSlots(node);
    this.configure(key);
  }

  /**
   * Slots that a person or a node's own code has added to what its type defines: `configure` would keep them, in the order and
   * with the types that they have here, even those that the document has no more.
   */
  #dropAddedSlots(node: FNode): void {
    const plain = this.#context.adapter.classes.LiteGraph.createNode(String(node.type));
    if (!plain) return;
    const defined = new Set((plain.inputs ?? []).map(({ name }) => name));
    for (let slot = (node.inputs ?? []).length - 1; slot >= 0; slot--)
      if (!defined.has(node.inputs[slot]?.name ?? '')) node.removeInput(slot);
    // Outputs may share a name; what the type defines comes first.
    const count = plain.outputs?.length ?? 0;
    for (let slot = (node.outputs ?? []).length - 1; slot >= count; slot--) node.removeOutput(slot);
  }

  remove(key: Key): void {
    const { live, adapter } = this.#context;
    const node = live.node(key);
    if (!node?.graph) return;
    node.graph.remove(node, { preserveSubgraphDefinitions: true, force: true });
    // The frontend keeps outputs by id; a later node of that id would show an old picture.
    delete adapter.app.nodeOutputs?.[String(node.id)];
  }

  /** Sets changed fields of a node that is there. */
  update(key: Key, fields: Iterable<string>): NodeOutcome {
    const { live, document, adapter } = this.#context;
    const node = live.node(key);
    if (!node) return 'done';
    if (isPlaceholder(node, adapter)) {
      this.configure(key);
      return 'done';
    }
    let outcome: NodeOutcome = 'done';
    for (const field of fields) if (!this.#set(key, node, field, document().field(key, field))) outcome = 'reconfigure';
    return outcome;
  }

  #set(key: Key, node: FNode, field: string, value: Json | undefined): boolean {
    const slash = field.indexOf('/');
    const head = slash < 0 ? field : field.slice(0, slash);
    const rest = slash < 0 ? '' : field.slice(slash + 1);
    switch (head) {
      case 'pos':
        if (Array.isArray(value)) node.pos = [Number(value[0]), Number(value[1])];
        return true;
      case 'size':
        if (Array.isArray(value)) this.#resize(node, value);
        return true;
      case 'title':
        node.title = typeof value === 'string' ? value : (node.constructor.title ?? '');
        return true;
      case 'mode':
        node.mode = Number(value ?? 0);
        return true;
      case 'color':
      case 'bgcolor':
      case 'boxcolor':
      case 'shape':
      case 'showAdvanced':
        Object.assign(node, { [head]: value ?? undefined });
        return true;
      case 'flags':
        setFlag(node, rest, value);
        return true;
      case 'properties':
        setProperty(node, rest, value);
        return true;
      case 'w':
        return this.#setWidget(key, node, field, value);
      case 'inputs':
      case 'outputs':
        return this.#setSlot(key, node, head);
      case 'widgets_values':
      case 'widgets_values_named':
      case 'order':
      case 'id':
      case '#':
        return true;
      default:
        return /^(raw|file|inputs\.|outputs\.)/.test(head);
    }
  }

  /** As the others see it, also where this page would have made it larger. */
  #resize(node: FNode, size: readonly Json[]): void {
    const [width, height] = [Number(size[0]), Number(size[1])];
    if (node.size[0] !== width || node.size[1] !== height) node.setSize([width, height]);
  }

  #setWidget(key: Key, node: FNode, field: string, value: Json | undefined): boolean {
    const widget = findWidget(node, field);
    // A widget that went with its field is a matter of the node's shape.
    if (!widget || value === undefined) return value === undefined && !widget;
    const { adapter, texts } = this.#context;
    const isText = typeof value === 'string' && typeof widget.value === 'string';
    const move = isText ? texts.between(key, field, widget.value as string, value) : null;
    writeWidget(node, widget, value, move, adapter.app.canvas);
    return true;
  }

  /** Slots of the same names in the same order take over labels and types; other shapes are configured anew. */
  #setSlot(key: Key, node: FNode, side: 'inputs' | 'outputs'): boolean {
    const json = nodeJson(this.#context.document(), key)?.[side];
    if (!Array.isArray(json)) return true;
    const slots = node[side];
    const sameShape = slots.length === json.length && slots.every((slot, index) => sameSlot(slot, json[index]));
    if (!sameShape) return false;
    slots.forEach((slot, index) => {
      const { label, shape, type, color_on, color_off } = json[index] as JsonObject;
      for (const [name, value] of Object.entries({ label, shape, type, color_on, color_off }))
        if (!jsonEqual((slot as unknown as JsonObject)[name] ?? null, value ?? null))
          Object.assign(slot, { [name]: value });
    });
    return true;
  }

  #placeholder(type: string, json: JsonObject): FNode {
    const node = new this.#context.adapter.classes.LGraphNode('', type);
    node.last_serialization = json;
    node.has_errors = true;
    return node;
  }
}

/** A node whose type is not installed here: the frontend shows a stand-in and saves what it was loaded from. */
export function isPlaceholder(node: FNode, adapter: FrontendAdapter): boolean {
  return (node.constructor as unknown) === adapter.classes.LGraphNode && Boolean(node.last_serialization);
}

function sameSlot(slot: FSlot, json: unknown): boolean {
  return (
    (json as JsonObject | undefined)?.name === slot.name &&
    Boolean((json as JsonObject).widget) === Boolean(slot.widget)
  );
}

export function findWidget(node: FNode, field: string): FWidget | undefined {
  const wanted = widgetOfField(field);
  if (!wanted) return undefined;
  const widgets = node.widgets ?? [];
  if ('name' in wanted) {
    const named = widgets.find((widget) => widget.name === wanted.name);
    return named ?? (isPrimitive(node.type) && wanted.name === PRIMITIVE_WIDGET ? widgets[0] : undefined);
  }
  return widgets.filter((widget) => widget.serialize !== false)[wanted.index];
}

/** Whether a widget holds free text, that people may type in together. */
export function isTextWidget(widget: FWidget): boolean {
  return typeof widget.value === 'string' && /^(customtext|text|string|textarea|markdown)$/i.test(widget.type);
}

function writeWidget(node: FNode, widget: FWidget, value: Json, move: TextChanges | null, canvas: unknown): void {
  const old = widget.value;
  if (jsonEqual(old as Json, value)) return;
  const field = typeof value === 'string' ? focusedField(document, old) : null;
  // Another node's prompt may read the same.
  const isHere = field !== null && isFieldOf(field, node, widget) !== false;
  keepingCaret(isHere ? field : null, String(value), move, () => {
    widget.value = value;
    const property = widget.options?.property;
    if (property && node.properties[property] !== undefined) node.properties[property] = value;
    // A DOM widget's own setter has called it.
    if (!widget.element) widget.callback?.(value, canvas, node);
    node.onWidgetChanged?.(widget.name, value, old, widget);
  });
}

function setFlag(node: FNode, name: string, value: Json | undefined): void {
  if (name === 'ghost' || name === '') return;
  if (name === 'collapsed') {
    if (Boolean(node.flags.collapsed) !== Boolean(value)) node.collapse(true);
    // Taking a collapse back leaves no trace, where the frontend would keep a false.
    if (value === undefined) delete node.flags.collapsed;
    return;
  }
  if (name === 'pinned') {
    if (Boolean(node.flags.pinned) !== Boolean(value)) node.pin(Boolean(value));
    return;
  }
  if (value === undefined) delete node.flags[name];
  else node.flags[name] = structuredClone(value);
}

function setProperty(node: FNode, name: string, value: Json | undefined): void {
  if (name === '') return;
  const old = node.properties[name];
  if (value === undefined) delete node.properties[name];
  else node.properties[name] = structuredClone(value);
  node.onPropertyChanged?.(name, value, old);
}

function withoutLinkReferences(json: JsonObject): JsonObject {
  const slots = (list: Json | undefined, member: string): Json | undefined =>
    Array.isArray(list) ? list.map((slot) => ({ ...(slot as JsonObject), [member]: null })) : list;
  const bare: Record<string, Json | undefined> = { ...json };
  bare.inputs = slots(json.inputs, 'link');
  bare.outputs = slots(json.outputs, 'links');
  for (const name of ['inputs', 'outputs']) if (bare[name] === undefined) delete bare[name];
  return bare as JsonObject;
}
