import type { NexusElement } from '../../src/ui/element.ts';
import type { MeshModel } from '../../src/ui/model.ts';
import { settled } from './by-role.ts';

/** Puts one element on the page with a model; `clearStage` takes everything off again. */
export async function stage<Element extends NexusElement>(
  tag: string,
  model: MeshModel,
  prepare?: (element: Element) => void,
): Promise<Element> {
  const element = document.createElement(tag) as Element;
  element.model = model;
  prepare?.(element);
  document.body.append(element);
  await settled();
  return element;
}

export function clearStage(): void {
  document.body.replaceChildren();
}

export function press(element: Element, key: string): void {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
}
