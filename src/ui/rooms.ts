import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './confirm.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import type { MenuItem } from './menu.ts';
import './menu.ts';
import type { Room } from './model.ts';
import './name-form.ts';
import { formatBytes, formatWhen, t } from './strings.ts';
import { tokens } from './theme.ts';

interface RowState {
  readonly id: string;
  readonly kind: 'renaming' | 'deleting';
}

/** The rooms kept in this browser: open, rename, export, delete. */
export class NexusRooms extends NexusElement {
  static override properties = { ...NexusElement.properties, row: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 4px 8px;
        align-items: center;
        padding: 6px 0;
      }
      .name {
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .tools {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .below {
        grid-column: 1 / -1;
      }
    `,
  ];

  declare row: RowState | null;

  constructor() {
    super();
    this.row = null;
  }

  override render(): TemplateResult | typeof nothing {
    const rooms = this.state?.rooms;
    if (!rooms || rooms.length === 0) return nothing;
    return html`<h3 id="rooms">${t('rooms.title')}</h3>
      ${this.#isFree() && rooms.some(({ open }) => open === 'no') ? html`<p class="small muted">${t('rooms.resumeHint')}</p>` : nothing}
      <ul aria-labelledby="rooms">
        ${repeat(
          rooms,
          ({ id }) => id,
          (room) => this.#renderRoom(room),
        )}
      </ul>`;
  }

  #renderRoom(room: Room): TemplateResult {
    const { actions } = this.model!;
    const { openRoom } = actions;
    const canOpen = room.open === 'no' && this.#isFree();
    return html`<li aria-label=${room.name}>
      <div>
        <div class="name">
          <bdi>${room.name}</bdi> ${room.open === 'no' ? nothing : html`<span class="badge">${t(`rooms.${room.open}`)}</span>`}
        </div>
        <div class="small muted">
          ${t('rooms.used', { when: formatWhen(room.lastUsedAtMs, Date.now()) })} · ${formatBytes(room.bytes)}
        </div>
      </div>
      <div class="tools">
        ${
          openRoom && canOpen
            ? html`<button
                class="button small"
                aria-label=${t('rooms.resumeThis', { name: room.name })}
                ?disabled=${this.state?.phase.kind === 'starting'}
                @click=${() => void this.act(() => openRoom.call(actions, room.id))}
              >
                ${t('rooms.resume')}
              </button>`
            : nothing
        }
        <nexus-menu label=${t('common.more', { name: room.name })} .items=${this.#menu(room)}></nexus-menu>
      </div>
      ${this.#renderRow(room)}
    </li>`;
  }

  /** One room per tab: while one is open here, the others wait. */
  #isFree(): boolean {
    return this.state?.phase.kind !== 'hosting' && this.state?.phase.kind !== 'guest';
  }

  #menu({ id, open }: Room): MenuItem[] {
    const { actions } = this.model!;
    const { renameRoom, exportRoom, deleteRoom } = actions;
    const items: MenuItem[] = [];
    const openRow = (kind: RowState['kind']) => () => {
      this.row = { id, kind };
    };
    if (renameRoom) items.push({ label: t('rooms.rename'), icon: 'pencil', run: openRow('renaming') });
    if (exportRoom) {
      items.push({ label: t('rooms.export'), icon: 'download', run: () => exportRoom.call(actions, id) });
    }
    // Nobody deletes the room in which people are.
    if (deleteRoom && open === 'no') {
      items.push({ label: t('rooms.delete'), icon: 'trash', danger: true, run: openRow('deleting') });
    }
    return items;
  }

  #closeRow = () => {
    this.row = null;
  };

  #renderRow({ id, name }: Room): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    if (this.row?.id !== id) return nothing;
    if (this.row.kind === 'renaming') {
      return html`<nexus-name-form
        class="below"
        .label=${t('rooms.name')}
        .value=${name}
        .onSave=${(text: string) => actions.renameRoom?.(id, text)}
        .onDone=${this.#closeRow}
      ></nexus-name-form>`;
    }
    const yes = async () => {
      this.#closeRow();
      await actions.deleteRoom?.(id);
    };
    return html`<nexus-confirm
      class="below"
      .question=${t('rooms.deleteConfirm', { name })}
      .detail=${t('rooms.deleteDetail')}
      .verb=${t('rooms.delete')}
      .onYes=${yes}
      .onNo=${this.#closeRow}
    ></nexus-confirm>`;
  }
}

define('nexus-rooms', NexusRooms);
