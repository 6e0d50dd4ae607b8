import { css, html, nothing, type TemplateResult } from 'lit';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import type { MeshActions, Room } from './model.ts';
import { formatWhen, t } from './strings.ts';
import { tokens } from './theme.ts';

/** Rooms of this browser that can be gone on with: after a crash, or the next day. */
export class NexusRooms extends NexusElement {
  static override properties = { ...NexusElement.properties, deleting: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      :host > div {
        padding-top: 16px;
        border-top: 1px solid var(--nx-line);
      }
      ul {
        display: grid;
        gap: 4px;
        margin: 8px 0 0;
        padding: 0;
        list-style: none;
      }
      .room {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 36px;
      }
      .name {
        display: block;
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .confirm {
        padding: 8px 0;
      }
    `,
  ];

  /** The room whose deletion is being asked about. */
  declare deleting: string | null;

  constructor() {
    super();
    this.deleting = null;
  }

  override render(): TemplateResult | typeof nothing {
    const actions = this.model?.actions;
    const rooms = this.state?.rooms ?? [];
    if (!actions?.openRoom || rooms.length === 0) return nothing;
    return html`<div>
      <h3 id="rooms">${t('rooms.title')}</h3>
      <p class="small muted">${t('rooms.resumeHint')}</p>
      <ul aria-labelledby="rooms">
        ${rooms.map((room) => html`<li>${this.#renderRoom(room, actions)}</li>`)}
      </ul>
    </div>`;
  }

  #renderRoom(room: Room, actions: MeshActions): TemplateResult {
    if (this.deleting === room.id) return this.#renderConfirm(room, actions);
    const { id, name, open } = room;
    const when =
      open === 'elsewhere'
        ? t('rooms.elsewhere')
        : t('rooms.used', { when: formatWhen(room.lastUsedAtMs, Date.now()) });
    const starting = this.state?.phase.kind === 'starting';
    return html`<div class="room">
      <span class="grow"><span class="name">${name}</span><span class="small muted">${when}</span></span>
      ${
        actions.deleteRoom && open === 'no'
          ? html`<button
            class="button small quiet-danger"
            aria-label=${t('rooms.deleteThis', { name })}
            @click=${() => {
              this.deleting = id;
            }}
          >
            ${t('rooms.delete')}
          </button>`
          : nothing
      }
      <button
        class="button small"
        aria-label=${t('rooms.resumeThis', { name })}
        ?disabled=${open !== 'no' || starting}
        @click=${() => void this.act(() => actions.openRoom?.(id))}
      >
        ${t('rooms.resume')}
      </button>
    </div>`;
  }

  #renderConfirm({ id, name }: Room, actions: MeshActions): TemplateResult {
    const close = () => {
      this.deleting = null;
    };
    const remove = async () => {
      if (await this.act(() => actions.deleteRoom?.(id))) close();
    };
    return html`<div class="confirm stack" role="alertdialog" aria-labelledby="question" aria-describedby="detail">
      <h3 id="question">${t('rooms.deleteConfirm', { name })}</h3>
      <p id="detail" class="small">${t('rooms.deleteGone')}</p>
      <div class="row">
        <button class="button small danger" @click=${() => void remove()}>${t('rooms.delete')}</button>
        <button class="button small" @click=${close}>${t('common.cancel')}</button>
      </div>
    </div>`;
  }
}

define('nexus-rooms', NexusRooms);
