import { css, html, nothing, type TemplateResult } from 'lit';
import { controls, floating } from './controls.ts';
import { define, NexusElement } from './element.ts';
import { icon } from './icons.ts';
import { pushLayer } from './layers.ts';
import { type Memory, Movable, type Spot, showSpot, spotBeside } from './movable.ts';
import { isPhone, sheet } from './sheet.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

const GAP_PX = 8;

/** A panel over the canvas that a key opens and closes; it holds one element, in its own tree, so that the dialog contains it. */
export class NexusFloat extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    heading: {},
    keys: {},
    panel: { attribute: false },
    shown: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    floating,
    sheet,
    css`
      .head {
        position: sticky;
        top: 0;
        z-index: 1;
        background: var(--nx-panel);
        cursor: move;
        touch-action: none;
      }
      @media (max-width: 520px) {
        .head {
          cursor: auto;
        }
        .move {
          display: none;
        }
      }
    `,
  ];

  declare heading: string;
  declare keys: string;
  declare panel: HTMLElement | undefined;
  declare shown: boolean;

  /** Where it may begin, CSS pixels of the viewport; asked at each opening. */
  top: (() => number) | undefined;

  /** The other panels: it opens beside those that are open. */
  others: (() => readonly NexusFloat[]) | undefined;

  readonly #movable = new Movable({
    box: () => this.box,
    show: (spot) => showSpot(this, spot),
    enabled: () => !isPhone(),
    start: () => this.#start,
  });
  #start: Spot | null = null;
  #release: (() => void) | null = null;

  constructor() {
    super();
    this.heading = '';
    this.keys = '';
    this.shown = false;
  }

  get box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.float');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.close();
  }

  /** Where its place is remembered, and under which name. */
  remember(memory: Memory, key: string): void {
    this.#movable.memory = memory;
    this.#movable.key = key;
  }

  toggle(): void {
    if (this.shown) this.close();
    else void this.open();
  }

  async open(): Promise<void> {
    if (this.shown) return;
    this.#release = pushLayer({ element: this, close: this.close, ownsFocus: true });
    if (this.top) this.style.setProperty('--nx-top', `${Math.round(this.top() + GAP_PX)}px`);
    this.shown = true;
    window.addEventListener('resize', this.#movable.place);
    await this.updateComplete;
    showSpot(this, null);
    this.#start = this.#besideOthers();
    this.#movable.place();
    this.renderRoot.querySelector<HTMLElement>('[role="dialog"]')?.focus();
  }

  #besideOthers(): Spot | null {
    const boxes = (this.others?.() ?? []).flatMap((other) => (other !== this && other.box ? [other.box] : []));
    const own = this.box?.getBoundingClientRect();
    return own && boxes.length > 0
      ? spotBeside(
          own,
          boxes.map((box) => box.getBoundingClientRect()),
        )
      : null;
  }

  close = (): void => {
    if (!this.shown) return;
    window.removeEventListener('resize', this.#movable.place);
    this.#release?.();
    this.#release = null;
    this.shown = false;
  };

  override render(): TemplateResult | typeof nothing {
    if (!this.shown) return nothing;
    return html`<div class="float panel" role="dialog" tabindex="-1" aria-labelledby="title">
      <div class="head" @pointerdown=${this.#movable.drag}>
        <h2 id="title" class="grow">${this.heading}</h2>
        ${this.keys ? html`<kbd>${this.keys}</kbd>` : nothing}
        <button class="icon-button move" aria-label=${t('common.move')} title=${t('common.move')} @keydown=${this.#movable.nudge}>
          ${icon('move')}
        </button>
        <button class="icon-button" aria-label=${t('common.close')} @click=${this.close}>${icon('close')}</button>
      </div>
      <div class="body">${this.panel ?? nothing}</div>
    </div>`;
  }
}

define('nexus-float', NexusFloat);
