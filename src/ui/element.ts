import { LitElement, type PropertyValues } from 'lit';
import type { MeshModel, MeshState } from './model.ts';
import { watchScheme } from './scheme.ts';
import { onLocaleChange, t } from './strings.ts';

/** Events that the frontend hears on document and would act on: it would copy nodes instead of the link, or delete one. */
const CLIPBOARD_EVENTS = ['copy', 'cut', 'paste'] as const;
const KEY_EVENTS = ['keydown', 'keyup', 'keypress'] as const;

/** Fired on document when an action failed; `detail` is the text for the person. */
export const ACTION_FAILED = 'nexus-action-failed';

/** Base of all our elements: follows the model, the palette and the language, and keeps its keys to itself. */
export abstract class NexusElement extends LitElement {
  static override properties = { model: { attribute: false } };

  declare model: MeshModel | undefined;

  #followed: MeshModel | undefined;
  #unfollow: (() => void) | null = null;
  #disposers: Array<() => void> = [];

  constructor() {
    super();
    for (const type of CLIPBOARD_EVENTS) this.addEventListener(type, (event) => event.stopPropagation());
    for (const type of KEY_EVENTS) this.addEventListener(type, keepTyping);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#disposers = [
      watchScheme((scheme) => this.setAttribute('scheme', scheme)),
      onLocaleChange(() => this.requestUpdate()),
    ];
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#unfollow?.();
    this.#unfollow = null;
    this.#followed = undefined;
  }

  protected override willUpdate(_changed: PropertyValues): void {
    if (this.isConnected) this.#follow();
  }

  #follow(): void {
    if (this.#followed === this.model) return;
    this.#unfollow?.();
    this.#followed = this.model;
    this.#unfollow = this.model?.subscribe(() => this.requestUpdate()) ?? null;
  }

  protected get state(): MeshState | undefined {
    return this.model?.state;
  }

  protected act(action: () => void | Promise<void>): Promise<boolean> {
    return runAction(action);
  }
}

/** Runs an action; a failure is told to the person in its own words. Resolves to whether it worked. */
export async function runAction(action: () => void | Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const detail = error instanceof Error && error.message ? error.message : t('error.unknown');
    document.dispatchEvent(new CustomEvent(ACTION_FAILED, { detail }));
    return false;
  }
}

/** A key typed into one of our text fields must not be a shortcut of the editor. */
function keepTyping(event: Event): void {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
  if (event instanceof KeyboardEvent && event.key === 'Escape') return;
  event.stopPropagation();
}

/** Defines an element once, however often the module is loaded. */
export function define(tag: `nexus-${string}`, element: CustomElementConstructor): void {
  if (!customElements.get(tag)) customElements.define(tag, element);
}
