import { css, html, nothing, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { type IconName, icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import { tokens } from './theme.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly run: () => void | Promise<void>;
}

const GAP_PX = 4;
const EDGE_PX = 8;

/** A button with dots that opens a few further actions. Arrow keys move, Esc and a press elsewhere close. */
export class NexusMenu extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    label: {},
    items: { attribute: false },
    shown: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    floating,
    css`
      :host {
        display: inline-block;
      }
      .tool {
        width: var(--nx-tool, 30px);
        height: var(--nx-tool, 30px);
      }
      [popover] {
        position: fixed;
        inset: auto;
        min-width: 168px;
        max-width: calc(100vw - 16px);
        margin: 0;
        padding: 4px;
        border-radius: 10px;
        background: var(--nx-panel);
        color: var(--nx-text);
      }
      .item {
        display: flex;
        align-items: center;
        gap: 8px;
        width: 100%;
        min-height: 32px;
        padding: 0 10px;
        border: 0;
        border-radius: 7px;
        background: transparent;
        text-align: start;
      }
      .item:is(:hover, :focus) {
        background: var(--nx-hover);
      }
      .item.danger {
        color: var(--nx-bad);
      }
      @media (pointer: coarse) {
        .tool,
        .item {
          min-width: 40px;
          min-height: 40px;
        }
      }
    `,
  ];

  declare label: string;
  declare items: readonly MenuItem[];
  declare shown: boolean;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.label = '';
    this.items = [];
    this.shown = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  get #list(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('[popover]');
  }

  #toggle = async () => {
    if (this.shown) return this.#close();
    this.#release = pushLayer({ element: this, close: this.#close, ownsFocus: true });
    this.shown = true;
    window.addEventListener('pointerdown', this.#outside, true);
    await this.updateComplete;
    const list = this.#list;
    if (!list) return;
    // In the top layer, so that a panel that scrolls does not clip it.
    list.showPopover?.();
    this.#place(list);
    list.querySelector<HTMLElement>('.item')?.focus();
  };

  #place(list: HTMLElement): void {
    const button = this.renderRoot.querySelector('button')!.getBoundingClientRect();
    const { width, height } = list.getBoundingClientRect();
    const below = button.bottom + GAP_PX;
    const top = below + height <= innerHeight - EDGE_PX ? below : button.top - GAP_PX - height;
    list.style.top = `${Math.max(EDGE_PX, Math.round(top))}px`;
    list.style.left = `${Math.max(EDGE_PX, Math.round(button.right - width))}px`;
  }

  #close = () => {
    if (!this.shown) return;
    window.removeEventListener('pointerdown', this.#outside, true);
    this.#release?.();
    this.#release = null;
    this.shown = false;
  };

  #outside = (event: PointerEvent) => {
    if (!event.composedPath().includes(this)) this.#close();
  };

  #key = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Tab') this.#close();
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const items = [...(this.#list?.querySelectorAll<HTMLElement>('.item') ?? [])];
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    items.at((at + step) % items.length)?.focus();
  };

  #run(item: MenuItem): void {
    this.#close();
    void this.act(() => item.run());
  }

  override render(): TemplateResult | typeof nothing {
    if (this.items.length === 0) return nothing;
    return html`<button
        class="icon-button tool"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded=${this.shown}
        @click=${this.#toggle}
      >
        ${icon('more')}
      </button>
      ${
        this.shown
          ? html`<div class="panel" popover="manual" role="menu" aria-label=${this.label} @keydown=${this.#key}>
            ${this.items.map(
              (item) =>
                html`<button class="item ${item.danger ? 'danger' : ''}" role="menuitem" @click=${() => this.#run(item)}>
                  ${item.icon ? icon(item.icon) : nothing}${item.label}
                </button>`,
            )}
          </div>`
          : nothing
      }`;
  }
}

define('nexus-menu', NexusMenu);
