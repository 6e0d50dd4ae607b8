import { css, unsafeCSS } from 'lit';

/**
 * Colours come from the frontend's own variables, so every palette fits; the numbers here are for where it has none and
 * for pages on which it has not set them yet. `scheme` is set on every element by NexusElement.
 */

export interface PersonColor {
  readonly name: ColorName;
  /** Background of avatars, cursors and name tags; also their text colour on a dark panel. */
  readonly fill: string;
  /** Their text colour on a light panel. */
  readonly onLight: string;
}

export type ColorName =
  | 'sky'
  | 'orange'
  | 'violet'
  | 'green'
  | 'pink'
  | 'yellow'
  | 'teal'
  | 'red'
  | 'lime'
  | 'indigo'
  | 'sand'
  | 'magenta';

/** Twelve hues far apart. Order matters: neighbours in a list differ most. */
export const PEOPLE: readonly PersonColor[] = [
  { name: 'sky', fill: '#7cc4ff', onLight: '#1a629f' },
  { name: 'orange', fill: '#ffb26b', onLight: '#9a4d08' },
  { name: 'violet', fill: '#c4a5ff', onLight: '#6a3fc4' },
  { name: 'green', fill: '#7fdc9a', onLight: '#1a6c35' },
  { name: 'pink', fill: '#ff9ec7', onLight: '#a82765' },
  { name: 'yellow', fill: '#f2d45c', onLight: '#725900' },
  { name: 'teal', fill: '#63dcd2', onLight: '#0a6862' },
  { name: 'red', fill: '#ff9a92', onLight: '#ad3228' },
  { name: 'lime', fill: '#c2e069', onLight: '#516900' },
  { name: 'indigo', fill: '#a4b2ff', onLight: '#3d4fc0' },
  { name: 'sand', fill: '#dcbb9a', onLight: '#75522f' },
  { name: 'magenta', fill: '#eb9df5', onLight: '#912e99' },
];

/** Text on any person's fill. */
export const INK = '#15171c';

export function personColor(index: number): PersonColor {
  const size = PEOPLE.length;
  const at = Number.isSafeInteger(index) ? ((index % size) + size) % size : 0;
  return PEOPLE[at]!;
}

/** Class that sets --nx-person (fill) and --nx-person-text (readable on the panel). */
export function personClass(index: number): string {
  return `person-${personColor(index).name}`;
}

export type Scheme = 'dark' | 'light';

/** Fixed tokens, by scheme. Public so that the tests can check their contrast. */
export const TOKENS = {
  dark: {
    panel: '#1f2127',
    page: '#17181c',
    line: '#32353e',
    field: '#15161a',
    text: '#e8e9ed',
    muted: '#a3a7b3',
    accent: '#386aec',
    accentText: '#9dbbff',
    ok: '#3ecf8e',
    okFill: '#3ecf8e',
    warnFill: '#f0b429',
    warn: '#f0b429',
    bad: '#ff8585',
    badFill: '#c93a3a',
  },
  light: {
    panel: '#ffffff',
    page: '#f4f5f7',
    line: '#d9dce3',
    field: '#f4f5f7',
    text: '#1d2028',
    muted: '#5c6270',
    accent: '#2f62ea',
    accentText: '#1f4fd0',
    ok: '#12764a',
    okFill: '#1a9c63',
    warnFill: '#c98a00',
    warn: '#855900',
    bad: '#b3261e',
    badFill: '#c5352c',
  },
} as const satisfies Record<Scheme, Record<string, string>>;

/** Text on `accent` and `badFill`. */
export const ON_FILL = '#ffffff';

function tokenRules(scheme: Scheme): string {
  const token = TOKENS[scheme];
  const people = PEOPLE.map(
    ({ name, fill, onLight }) =>
      `:host([scheme='${scheme}']) .person-${name}{--nx-person:${fill};--nx-person-text:${scheme === 'dark' ? fill : onLight}}`,
  );
  return `
    :host([scheme='${scheme}']) {
      color-scheme: ${scheme};
      --nx-panel: var(--comfy-menu-bg, ${token.panel});
      --nx-text: var(--fg-color, ${token.text});
      --nx-page: color-mix(in srgb, var(--nx-panel) ${scheme === 'dark' ? '84%, black' : '95%, var(--nx-text)'});
      --nx-line: color-mix(in srgb, var(--border-color, ${token.line}) ${scheme === 'dark' ? 55 : 40}%, var(--nx-panel));
      --nx-field: color-mix(in srgb, var(--comfy-input-bg, ${token.field}) ${scheme === 'dark' ? 100 : 35}%, var(--nx-panel));
      --nx-muted: color-mix(in srgb, var(--nx-text) 70%, var(--nx-panel));
      --nx-hover: color-mix(in srgb, var(--nx-text) 8%, transparent);
      --nx-accent: ${token.accent};
      --nx-accent-hover: color-mix(in srgb, ${token.accent} 88%, black);
      --nx-accent-text: ${token.accentText};
      --nx-accent-soft: color-mix(in srgb, ${token.accent} ${scheme === 'dark' ? 26 : 13}%, transparent);
      --nx-ok: ${token.ok};
      --nx-ok-fill: ${token.okFill};
      --nx-warn-fill: ${token.warnFill};
      --nx-warn: ${token.warn};
      --nx-bad: ${token.bad};
      --nx-bad-fill: ${token.badFill};
      --nx-bad-soft: color-mix(in srgb, ${token.bad} 14%, transparent);
      --nx-shadow: 0 1px 2px rgb(0 0 0 / ${scheme === 'dark' ? 0.3 : 0.08}), 0 8px 28px rgb(0 0 0 / ${scheme === 'dark' ? 0.42 : 0.14});
    }
    ${people.join('\n')}`;
}

/** For what stands over the whole page while the frontend, and so its palette, may not be there yet. */
function ownColours(scheme: Scheme): string {
  const { panel, page, line, field, text, muted } = TOKENS[scheme];
  return `:host([scheme='${scheme}']) { --nx-panel: ${panel}; --nx-page: ${page}; --nx-line: ${line}; --nx-field: ${field};
    --nx-text: ${text}; --nx-muted: ${muted}; }`;
}

/** After `tokens`. */
export const ownTokens = css`
  ${unsafeCSS(ownColours('dark'))}
  ${unsafeCSS(ownColours('light'))}
`;

export const tokens = css`
  ${unsafeCSS(tokenRules('dark'))}
  ${unsafeCSS(tokenRules('light'))}
  :host {
    font: 400 13px/1.45 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif;
    color: var(--nx-text);
    -webkit-font-smoothing: antialiased;
    --nx-radius: 10px;
    --nx-motion: 150ms cubic-bezier(0.2, 0, 0, 1);
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;
