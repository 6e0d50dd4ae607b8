import type { FGraph, FNode } from './frontend-types.ts';

/** Where widgets are elements of the page: of their own with classic nodes, inside the node's element with "Nodes 2.0". */

/** Null while the page does not show it. */
export function elementOf(node: FNode, widget: string, page: Document = document): HTMLElement | null {
  const own = node.widgets?.find(({ name }) => name === widget)?.element;
  if (own?.isConnected) return own;
  const inNode = `[data-node-id="${CSS.escape(String(node.id))}"] [data-widget-name="${CSS.escape(widget)}"]`;
  return page.querySelector<HTMLElement>(inNode);
}

/** The text box of a widget. */
export function textareaOf(node: FNode, widget: string): HTMLTextAreaElement | null {
  const element = elementOf(node, widget);
  return element instanceof HTMLTextAreaElement ? element : (element?.querySelector('textarea') ?? null);
}

/** The widget in which an element of the page is. */
export function widgetWith(element: Element, graph: FGraph): { node: FNode; widget: string } | null {
  const name = element.closest<HTMLElement>('[data-widget-name]')?.dataset.widgetName;
  const id = element.closest<HTMLElement>('[data-node-id]')?.dataset.nodeId;
  const inNode = name !== undefined && id !== undefined ? graph.getNodeById(id) : null;
  if (inNode) return { node: inNode, widget: name ?? '' };
  for (const node of graph._nodes) {
    const widget = node.widgets?.find((each) => each.element === element || each.element?.contains(element));
    if (widget) return { node, widget: widget.name };
  }
  return null;
}
