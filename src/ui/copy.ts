/**
 * Copies what a read-only field holds. On plain http there is no `navigator.clipboard`, so fall back to the old command,
 * and where that is refused too leave the text selected for the person's own Ctrl+C.
 */

export type CopyResult = 'copied' | 'selected';

export interface CopyMeans {
  /** Absent on insecure pages. */
  readonly clipboard?: Pick<Clipboard, 'writeText'>;
  /** `document.execCommand('copy')`. */
  readonly command: () => boolean;
}

export function browserMeans(): CopyMeans {
  return { clipboard: navigator.clipboard, command: () => document.execCommand('copy') };
}

export async function copyField(field: HTMLInputElement, means: CopyMeans = browserMeans()): Promise<CopyResult> {
  try {
    if (means.clipboard) {
      await means.clipboard.writeText(field.value);
      return 'copied';
    }
  } catch {
    // Refused: no permission, or the page lost the focus. The command may still be allowed.
  }
  field.focus();
  field.setSelectionRange(0, field.value.length);
  try {
    return means.command() ? 'copied' : 'selected';
  } catch {
    return 'selected';
  }
}

/** The keys that copy on this computer. */
export function copyKeys(): string {
  return /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘C' : 'Ctrl+C';
}
