import { html, type TemplateResult } from 'lit';
import { encode } from 'uqr';
import { t } from './strings.ts';

const QUIET_ZONE_MODULES = 4;

/** The dark modules as one path: a run per stretch of a row. */
export function qrPath(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE_MODULES });
  const runs: string[] = [];
  data.forEach((row, y) => {
    for (let x = 0; x < size; x += 1) {
      if (!row[x]) continue;
      const start = x;
      while (x < size && row[x]) x += 1;
      runs.push(`M${start} ${y}h${x - start}v1h-${x - start}z`);
    }
  });
  return { size, path: runs.join('') };
}

/** Dark on white in every palette: that is what cameras read. */
export function qrCode(text: string, label = t('invite.qrImage')): TemplateResult {
  const { size, path } = qrPath(text);
  return html`<svg class="qr" role="img" aria-label=${label} viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">
    <path fill="#fff" d="M0 0h${size}v${size}h-${size}z"></path>
    <path fill="#000" d=${path}></path>
  </svg>`;
}
