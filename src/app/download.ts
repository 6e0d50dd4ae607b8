/** Gives the person a file. */
export function downloadFile(name: string, bytes: Uint8Array | string, type = 'application/json'): void {
  const content = typeof bytes === 'string' ? bytes : bytes.slice();
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: fileNameOf(name) });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it up by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}

/** Without what a file name cannot hold on some system. */
export function fileNameOf(name: string): string {
  const plain = name
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain === '' ? 'workflow.json' : plain;
}
