import { css, html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { NexusBackupPreview } from './backup-preview.ts';
import './backup-preview.ts';
import { backupDetails, backupTitle, sinceOf } from './backup-words.ts';
import './confirm.ts';
import { controls } from './controls.ts';
import { define, NexusElement } from './element.ts';
import './graph-picture.ts';
import { icon } from './icons.ts';
import type { MenuItem } from './menu.ts';
import './menu.ts';
import type { Backup, BackupsState } from './model.ts';
import './name-form.ts';
import { formatWhen, t } from './strings.ts';
import { tokens } from './theme.ts';

/** What is open in the row of one backup. */
interface RowState {
  readonly id: string;
  readonly kind: 'naming' | 'deleting';
}

/** The kept states of the workflow, newest first. Load opens the preview first: nothing changes by one press. */
export class NexusBackupsPanel extends NexusElement {
  static override properties = { ...NexusElement.properties, row: { state: true }, taking: { state: true } };

  static override styles = [
    tokens,
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 4px 12px;
        align-items: center;
        padding: 10px 0;
        border-top: 1px solid var(--nx-line);
      }
      li:first-child {
        padding-top: 0;
        border-top: 0;
      }
      .picture {
        padding: 0;
        border: 0;
        border-radius: 6px;
        background: transparent;
      }
      .picture:hover nexus-graph-picture {
        border-color: var(--nx-accent-text);
      }
      .title {
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .since {
        font: 500 11px/17px ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
      }
      .figure {
        font-weight: 600;
      }
      .plus {
        color: var(--nx-ok);
      }
      .minus {
        color: var(--nx-bad);
      }
      .change {
        color: var(--nx-warn);
      }
      .tools {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .below {
        grid-column: 1 / -1;
      }
      .foot {
        margin-top: 10px;
      }
      .trouble {
        margin-bottom: 10px;
        padding: 8px 10px;
        border-radius: 8px;
        background: var(--nx-bad-soft);
        color: var(--nx-bad);
        font-size: 12px;
      }
      @container (max-width: 270px) {
        .picture {
          display: none;
        }
        .main {
          grid-column: 1 / 3;
        }
      }
    `,
  ];

  declare row: RowState | null;
  declare taking: boolean;

  constructor() {
    super();
    this.row = null;
    this.taking = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.model?.actions.watchBackups?.(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.model?.actions.watchBackups?.(false);
  }

  override render(): TemplateResult | typeof nothing {
    const backups = this.state?.backups;
    if (!this.state) return nothing;
    if (!backups) return html`<p class="muted">${t('backups.editorsOnly')}</p>`;
    return html`${backups.trouble ? html`<p class="trouble" role="alert">${backups.trouble}</p>` : nothing}
      ${
        backups.entries.length === 0
          ? html`<p class="muted">${t('backups.none')}</p>`
          : html`<ul aria-label=${t('backups.title')}>
            ${repeat(
              backups.entries,
              ({ id }) => id,
              (backup) => this.#renderBackup(backup, backups),
            )}
          </ul>`
      }
      ${this.#renderTake(backups)}
      <p class="small muted foot">${t('backups.hint')}</p>
      <nexus-backup-preview .model=${this.model}></nexus-backup-preview>`;
  }

  #renderBackup(backup: Backup, { canLoad, canManage }: BackupsState): TemplateResult {
    const title = backupTitle(backup, Date.now());
    const opensPreview = this.model!.actions.previewBackup !== undefined;
    return html`<li aria-label=${title}>
      <button class="picture" tabindex="-1" aria-label=${t('backups.preview')} ?disabled=${!opensPreview} @click=${() => this.#open(backup)}>
        <nexus-graph-picture .model=${this.model} .picture=${backup.picture}></nexus-graph-picture>
      </button>
      <div class="main">
        <div class="title"><bdi>${title}</bdi></div>
        <div class="small muted" title=${backupDetails(backup, 'all')}><bdi>${backupDetails(backup, 'short')}</bdi></div>
        ${backup.since ? html`<div class="since">${sinceOf(backup.since)}</div>` : nothing}
      </div>
      <div class="tools">
        ${
          canLoad
            ? html`<button class="button small" @click=${() => this.#open(backup)}>${t('backups.load')}</button>`
            : html`<button class="button small" @click=${() => this.#open(backup)}>${t('backups.preview')}</button>`
        }
        <nexus-menu label=${t('common.more', { name: title })} .items=${this.#menu(backup, canManage)}></nexus-menu>
      </div>
      ${this.#renderRow(backup)}
    </li>`;
  }

  #menu(backup: Backup, canManage: boolean): MenuItem[] {
    const { actions } = this.model!;
    const { pinBackup, nameBackup, deleteBackup, downloadBackup, previewBackup } = actions;
    const items: MenuItem[] = [];
    const { id, pinned } = backup;
    if (previewBackup) items.push({ label: t('backups.preview'), icon: 'eye', run: () => this.#open(backup) });
    if (downloadBackup) {
      items.push({ label: t('backups.download'), icon: 'download', run: () => downloadBackup.call(actions, id) });
    }
    if (!canManage) return items;
    if (pinBackup) {
      const label = t(pinned ? 'backups.unpin' : 'backups.pin');
      items.push({ label, icon: 'pin', run: () => pinBackup.call(actions, id, !pinned) });
    }
    if (nameBackup) {
      items.push({ label: t('backups.rename'), icon: 'pencil', run: () => this.#openRow({ id, kind: 'naming' }) });
    }
    if (deleteBackup) {
      const run = () => this.#openRow({ id, kind: 'deleting' });
      items.push({ label: t('backups.delete'), icon: 'trash', danger: true, run });
    }
    return items;
  }

  #openRow(row: RowState): void {
    this.row = row;
  }

  #closeRow = () => {
    this.row = null;
  };

  #renderRow({ id, name, atMs }: Backup): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    if (this.row?.id !== id) return nothing;
    if (this.row.kind === 'deleting') {
      const yes = async () => {
        this.#closeRow();
        await actions.deleteBackup?.(id);
      };
      return html`<nexus-confirm
        class="below"
        .question=${t('backups.deleteConfirm')}
        .detail=${formatWhen(atMs, Date.now())}
        .verb=${t('backups.delete')}
        .onYes=${yes}
        .onNo=${this.#closeRow}
      ></nexus-confirm>`;
    }
    return html`<nexus-name-form
      class="below"
      .label=${t('backups.name')}
      .value=${name}
      .onSave=${(text: string) => actions.nameBackup?.(id, text)}
      .onDone=${this.#closeRow}
    ></nexus-name-form>`;
  }

  #renderTake({ canManage }: BackupsState): TemplateResult | typeof nothing {
    const { actions } = this.model!;
    const { takeBackup } = actions;
    if (!canManage || !takeBackup) return nothing;
    if (!this.taking) {
      return html`<button class="button wide foot" @click=${this.#startTaking}>${icon('history')}${t('backups.take')}</button>`;
    }
    const done = () => {
      this.taking = false;
    };
    return html`<nexus-name-form
      class="foot"
      .label=${t('backups.takeName')}
      .onSave=${(name: string) => takeBackup.call(actions, name)}
      .onDone=${done}
    ></nexus-name-form>`;
  }

  #startTaking = () => {
    this.taking = true;
  };

  #open = (backup: Backup) => {
    void this.renderRoot.querySelector<NexusBackupPreview>('nexus-backup-preview')?.open(backup);
  };
}

define('nexus-backups-panel', NexusBackupsPanel);
