import { css, html, type TemplateResult } from 'lit';
import { controls } from './controls.ts';
import type { NexusDialog } from './dialog.ts';
import './dialog.ts';
import { define, NexusElement } from './element.ts';
import { type StringKey, t } from './strings.ts';
import { tokens } from './theme.ts';

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

/** A key with Alt as this computer writes it. */
export function altKey(key: string): string {
  return isMac() ? `⌥ ${key}` : `Alt ${key}`;
}

type KeyRow = readonly [keys: readonly string[], meaning: Extract<StringKey, `keys.${string}`>];

function rows(): KeyRow[] {
  const enter = t('keys.key.enter');
  const shifted = (key: string) => altKey(isMac() ? `⇧ ${key}` : `Shift ${key}`);
  return [
    [['t'], 'keys.chat'],
    [[enter], 'keys.send'],
    [[`Shift ${enter}`], 'keys.newLine'],
    [['↑', '↓'], 'keys.history'],
    [['Esc'], 'keys.leave'],
    [[altKey('P'), shifted('P')], 'keys.users'],
    [[altKey('O'), shifted('O')], 'keys.backups'],
    [['?'], 'keys.this'],
  ];
}

/** The list that `?` opens. */
export class NexusKeys extends NexusElement {
  static override styles = [
    tokens,
    controls,
    css`
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 8px 16px;
        margin: 0 0 14px;
      }
      dt {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
      }
      dd {
        margin: 0;
      }
      kbd {
        padding: 1px 7px;
        border: 1px solid var(--nx-line);
        border-radius: 5px;
        font: 500 12px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
      }
    `,
  ];

  toggle(): void {
    const dialog = this.renderRoot.querySelector<NexusDialog>('nexus-dialog');
    if (dialog?.isOpen) dialog.close();
    else void dialog?.open();
  }

  override render(): TemplateResult {
    return html`<nexus-dialog .heading=${t('keys.title')}>
      <dl>
        ${rows().map(
          ([keys, meaning]) =>
            html`<dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt>
              <dd>${t(meaning)}</dd>`,
        )}
      </dl>
      <p class="small muted">${t('keys.rebind')}</p>
    </nexus-dialog>`;
  }
}

define('nexus-keys', NexusKeys);
