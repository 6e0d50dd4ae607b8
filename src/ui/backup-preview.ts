import { css, html, nothing, type TemplateResult } from 'lit';
import { backupDetails, backupTitle, countsOf } from './backup-words.ts';
import { controls } from './controls.ts';
import type { NexusDialog } from './dialog.ts';
import './dialog.ts';
import { define, NexusElement } from './element.ts';
import './graph-picture.ts';
import type { Backup, BackupPreview, ChangeCounts } from './model.ts';
import { t } from './strings.ts';
import { tokens } from './theme.ts';

/** More are counted, not listed. */
const MAX_LISTED = 60;

/** A backup looked at without loading it: its picture, what loading would do, and the button that does it. */
export class NexusBackupPreview extends NexusElement {
  static override properties = {
    ...NexusElement.properties,
    backup: { state: true },
    preview: { state: true },
    problem: { state: true },
    loading: { state: true },
  };

  static override styles = [
    tokens,
    controls,
    css`
      nexus-graph-picture {
        width: 100%;
        height: 200px;
        border-radius: 10px;
      }
      .stack {
        gap: 12px;
      }
      ul {
        max-height: 168px;
        margin: 0;
        padding: 0;
        overflow: auto;
        list-style: none;
      }
      li {
        display: flex;
        gap: 8px;
        padding: 3px 0;
        overflow-wrap: anywhere;
      }
      .sign {
        flex: none;
        width: 14px;
        text-align: center;
      }
      .sign,
      .figures {
        font: 600 12px/20px ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
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
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];

  declare backup: Backup | null;
  declare preview: BackupPreview | null;
  declare problem: string;
  declare loading: boolean;

  constructor() {
    super();
    this.backup = null;
    this.preview = null;
    this.problem = '';
    this.loading = false;
  }

  async open(backup: Backup): Promise<void> {
    this.backup = backup;
    this.preview = null;
    this.problem = '';
    this.loading = false;
    await this.updateComplete;
    await this.#dialog?.open();
    const { actions } = this.model!;
    try {
      const preview = (await actions.previewBackup?.(backup.id)) ?? null;
      if (this.backup === backup) this.preview = preview;
    } catch (thrown) {
      if (this.backup !== backup) return;
      this.problem = thrown instanceof Error && thrown.message ? thrown.message : t('error.unknown');
    }
  }

  get #dialog(): NexusDialog | null {
    return this.renderRoot.querySelector<NexusDialog>('nexus-dialog');
  }

  #close = () => this.#dialog?.close();

  #closed = () => {
    this.backup = null;
  };

  #load = async () => {
    const { backup } = this;
    const { actions } = this.model!;
    if (!backup || this.loading) return;
    this.loading = true;
    const worked = await this.act(() => actions.loadBackup?.(backup.id));
    this.loading = false;
    if (worked) this.#close();
  };

  override render(): TemplateResult | typeof nothing {
    const { backup } = this;
    if (!backup) return nothing;
    const heading = t('backups.previewOf', { when: backupTitle(backup, Date.now()) });
    return html`<nexus-dialog .heading=${heading} @close=${this.#closed}>
      <div class="stack">
        <p class="small muted">${backupDetails(backup, 'all')}</p>
        ${this.#renderPicture(backup)} ${this.#renderChanges()}
        <div class="actions">${this.#renderActions(backup)}</div>
      </div>
    </nexus-dialog>`;
  }

  #renderPicture(backup: Backup): TemplateResult | typeof nothing {
    const picture = this.preview?.picture ?? backup.picture;
    if (!picture) return nothing;
    return html`<nexus-graph-picture .model=${this.model} .picture=${picture}></nexus-graph-picture>`;
  }

  #renderChanges(): TemplateResult {
    if (this.problem !== '') return html`<p class="error" role="alert">${this.problem}</p>`;
    if (!this.preview) return html`<p class="muted" role="status">${t('backups.previewing')}</p>`;
    const { changes } = this.preview;
    if (changes.length === 0) return html`<p>${t('backups.willSame')}</p>`;
    const counts: ChangeCounts = {
      added: changes.filter(({ kind }) => kind === 'added').length,
      removed: changes.filter(({ kind }) => kind === 'removed').length,
      changed: changes.filter(({ kind }) => kind === 'changed').length,
    };
    const more = changes.length - MAX_LISTED;
    return html`<div class="stack">
      <h3 id="changes">${t('backups.willChange')} ${countsOf(counts)}</h3>
      <ul aria-labelledby="changes" tabindex="0">
        ${changes.slice(0, MAX_LISTED).map((change) => renderChange(change))}
        ${more > 0 ? html`<li class="muted">${t('backups.andMore', { n: more })}</li>` : nothing}
      </ul>
    </div>`;
  }

  #renderActions(backup: Backup): TemplateResult {
    const { actions } = this.model!;
    const { downloadBackup } = actions;
    const canLoad = this.state?.backups?.canLoad && actions.loadBackup;
    return html`${
      downloadBackup
        ? html`<button class="button" @click=${() => void this.act(() => downloadBackup.call(actions, backup.id))}>
          ${t('backups.download')}
        </button>`
        : nothing
    }
    <button class="button" @click=${this.#close}>${t('common.cancel')}</button>
    ${
      canLoad
        ? html`<button
            class="button primary"
            ?disabled=${this.loading}
            title=${t('backups.loadDetail')}
            @click=${this.#load}
          >
            ${t('backups.loadForAll')}
          </button>`
        : nothing
    }`;
  }
}

const SIGNS = {
  added: { sign: '+', tone: 'plus' },
  removed: { sign: '−', tone: 'minus' },
  changed: { sign: '~', tone: 'change' },
} as const;

function renderChange({ kind, nodeId, title }: BackupPreview['changes'][number]): TemplateResult {
  const { sign, tone } = SIGNS[kind];
  return html`<li>
    <span class="sign ${tone}" aria-hidden="true">${sign}</span>
    <span class="grow"><bdi>${title}</bdi> <span class="muted">#${nodeId}</span></span>
    <span class="small muted">${t(`backups.effect.${kind}`)}</span>
  </li>`;
}

define('nexus-backup-preview', NexusBackupPreview);
