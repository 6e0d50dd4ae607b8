import { html, svg, type TemplateResult } from 'lit';

/** Line icons on a 16 px grid, drawn for this project. Decoration only: the control around them carries the name. */
const paths = {
  copy: svg`<rect x="5.5" y="5.5" width="8" height="8" rx="2"/><path d="M10.5 3.2A2 2 0 0 0 8.7 2.5H4.5a2 2 0 0 0-2 2v4.2a2 2 0 0 0 .7 1.5"/>`,
  check: svg`<path d="m3.5 8.5 3 3 6-7"/>`,
  qr: svg`<path d="M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h1.5v1.5M13.5 9.5v2M9.5 13.5h2M13.5 13.5h.01"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  pencil: svg`<path d="m3 13 .7-2.9 6.9-6.9a1.55 1.55 0 0 1 2.2 2.2l-6.9 6.9z"/><path d="m9.3 4.5 2.2 2.2"/>`,
  play: svg`<path d="M5 3.3v9.4l7.6-4.7z"/>`,
  eye: svg`<path d="M1.7 8S4 3.7 8 3.7 14.3 8 14.3 8 12 12.3 8 12.3 1.7 8 1.7 8Z"/><circle cx="8" cy="8" r="1.9"/>`,
  mouse: svg`<path d="m3.3 2.9 9.6 3.6-4.3 1.7-1.7 4.4z"/>`,
  users: svg`<circle cx="6" cy="5.6" r="2.5"/><path d="M1.8 13.3c.2-2.6 1.9-4 4.2-4s4 1.4 4.2 4"/><path d="M10.6 3.3a2.4 2.4 0 0 1 0 4.6M12.2 9.7c1.3.6 2 1.8 2.1 3.6"/>`,
  link: svg`<path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8"/><path d="M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8"/>`,
  plus: svg`<path d="M8 3.5v9M3.5 8h9"/>`,
  alert: svg`<path d="M8 2.6 14.2 13H1.8z"/><path d="M8 6.6v2.9M8 11.3v.01"/>`,
  lock: svg`<rect x="3.5" y="7.2" width="9" height="6.3" rx="1.8"/><path d="M5.4 7V5.3a2.6 2.6 0 0 1 5.2 0V7"/>`,
  away: svg`<path d="M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6Z"/>`,
  refresh: svg`<path d="M13.2 8a5.2 5.2 0 1 1-1.6-3.8"/><path d="M13.4 2.4v2.9h-2.9"/>`,
  chat: svg`<path d="M13.5 7.4c0 2.7-2.5 4.6-5.5 4.6-.7 0-1.4-.1-2-.3L2.9 13l.8-2.5A4.3 4.3 0 0 1 2.5 7.4C2.5 4.8 5 2.8 8 2.8s5.5 2 5.5 4.6Z"/>`,
  send: svg`<path d="M8 12.8V3.4M4 7.2l4-4 4 4"/>`,
  move: svg`<path d="M8 2.2v11.6M2.2 8h11.6M6.4 3.8 8 2.2l1.6 1.6M6.4 12.2 8 13.8l1.6-1.6M3.8 6.4 2.2 8l1.6 1.6M12.2 6.4 13.8 8l-1.6 1.6"/>`,
  more: svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2"/>`,
  history: svg`<path d="M2.8 8a5.2 5.2 0 1 1 1.6 3.8"/><path d="M2.6 13.6v-2.9h2.9M8 5.2V8l2 1.4"/>`,
  pin: svg`<path d="m9.8 2.4 3.8 3.8-2 .6-2.3 2.3-.4 2.6-4.6-4.6 2.6-.4L9.2 4.4zM6.6 9.4 2.8 13.2"/>`,
  download: svg`<path d="M8 2.8v7.4M4.8 7.2 8 10.4l3.2-3.2M2.8 13.2h10.4"/>`,
  trash: svg`<path d="M2.8 4.4h10.4M6.2 4.2V2.8h3.6v1.4M4.2 4.6l.6 8.6h6.4l.6-8.6M6.8 7v3.8M9.2 7v3.8"/>`,
  key: svg`<circle cx="5.2" cy="10.8" r="2.6"/><path d="m7.2 8.8 5.4-5.4M10.4 5.6l1.8 1.8"/>`,
  open: svg`<path d="M6.2 3.2H3.4a.9.9 0 0 0-.9.9v8.5c0 .5.4.9.9.9h8.5c.5 0 .9-.4.9-.9V9.8M9.4 2.6h4v4M13.2 2.8 7.4 8.6"/>`,
  unlock: svg`<rect x="3.5" y="7.2" width="9" height="6.3" rx="1.8"/><path d="M5.4 7V5.3a2.6 2.6 0 0 1 5-1"/>`,
  chevron: svg`<path d="m4.5 6.5 3.5 3.5 3.5-3.5"/>`,
} as const;

export type IconName = keyof typeof paths;

export function icon(name: IconName): TemplateResult {
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${paths[name]}
  </svg>`;
}
