import type { ReadonlyDocument } from '../core/document.ts';
import { kindOf } from '../core/keys.ts';
import type { PictureName } from '../protocol/run-messages.ts';

/** Whether a widget of the shared workflow has this file for its value: whoever sees the workflow sees the picture in the node. */
export function namesFile(document: ReadonlyDocument, { filename, subfolder, type }: PictureName): boolean {
  const path = subfolder === '' ? filename : `${subfolder}/${filename}`;
  const names = new Set([`${path} [${type}]`, ...(type === 'input' ? [path] : [])]);
  for (const key of document.keys()) {
    if (kindOf(key) !== 'node') continue;
    for (const [field, value] of document.get(key) ?? [])
      if (field.startsWith('w/') && typeof value === 'string' && names.has(value)) return true;
  }
  return false;
}
