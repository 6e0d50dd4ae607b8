import { css } from 'lit';

/** Looks shared by all elements: buttons, fields, chips, avatars. Sizes in steps of 4 px; touch gets larger targets. */
export const controls = css`
  .icon {
    display: block;
    flex: none;
  }
  h2,
  h3,
  p {
    margin: 0;
  }
  h2 {
    font-size: 15px;
    font-weight: 600;
    letter-spacing: -0.005em;
  }
  h3 {
    font-size: 13px;
    font-weight: 600;
  }
  .muted {
    color: var(--nx-muted);
  }
  .small {
    font-size: 12px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .stack {
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 32px;
    padding: 0 12px;
    border: 1px solid var(--nx-line);
    border-radius: 8px;
    background: transparent;
    font-weight: 500;
    white-space: nowrap;
    transition:
      background-color var(--nx-motion),
      border-color var(--nx-motion);
  }
  .button:hover {
    background: var(--nx-hover);
  }
  .button.primary {
    background: var(--nx-accent);
    border-color: transparent;
    color: #fff;
    font-weight: 600;
  }
  .button.primary:hover {
    background: var(--nx-accent-hover);
  }
  .button.danger {
    background: var(--nx-bad-fill);
    border-color: transparent;
    color: #fff;
    font-weight: 600;
  }
  .button.quiet-danger {
    color: var(--nx-bad);
  }
  .button.quiet-danger:hover {
    background: var(--nx-bad-soft);
  }
  .button.small {
    min-height: 28px;
    padding: 0 10px;
  }
  .button.wide {
    width: 100%;
    min-height: 36px;
  }
  .button[disabled] {
    opacity: 0.6;
    cursor: default;
  }
  .icon-button {
    display: inline-grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    padding: 0;
    border: 0;
    border-radius: 7px;
    background: transparent;
    color: var(--nx-muted);
    transition:
      background-color var(--nx-motion),
      color var(--nx-motion);
  }
  .icon-button:hover {
    background: var(--nx-hover);
    color: var(--nx-text);
  }
  .icon-button[aria-pressed='true'] {
    background: var(--nx-accent-soft);
    color: var(--nx-accent-text);
  }
  :is(button, input, textarea, select, summary, a):focus-visible {
    outline: 2px solid var(--nx-accent-text);
    outline-offset: 1px;
  }
  .label {
    display: block;
    font-size: 12px;
    font-weight: 500;
    color: var(--nx-muted);
  }
  .field {
    width: 100%;
    min-width: 0;
    height: 32px;
    padding: 0 10px;
    border: 1px solid var(--nx-line);
    border-radius: 8px;
    background: var(--nx-field);
    color: var(--nx-text);
    font: inherit;
  }
  .field::placeholder {
    color: var(--nx-muted);
    opacity: 1;
  }
  .avatar {
    position: relative;
    display: inline-grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    border-radius: 50%;
    background: var(--nx-person);
    color: #15171c;
    font-size: 11px;
    font-weight: 700;
    letter-spacing: 0.01em;
    user-select: none;
  }
  .avatar.shape-1 {
    border-radius: 9px;
  }
  .avatar.shape-2 {
    border-radius: 50% 50% 50% 6px;
  }
  .presence {
    position: absolute;
    right: -2px;
    bottom: -2px;
    width: 10px;
    height: 10px;
    border: 2px solid var(--nx-panel);
    border-radius: 50%;
    background: var(--nx-ok-fill);
  }
  .presence.away {
    background: var(--nx-warn-fill);
  }
  .presence.reconnecting {
    background: var(--nx-panel);
    box-shadow: inset 0 0 0 2px var(--nx-warn-fill);
  }
  .badge {
    padding: 1px 6px;
    border-radius: 5px;
    background: var(--nx-accent-soft);
    color: var(--nx-accent-text);
    font-size: 11px;
    font-weight: 500;
    white-space: nowrap;
  }
  .badge.plain {
    background: var(--nx-hover);
    color: var(--nx-muted);
  }
  .dot {
    flex: none;
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--nx-ok-fill);
  }
  .dot.warn {
    background: var(--nx-warn-fill);
  }
  .dot.bad {
    background: var(--nx-bad);
  }
  .error {
    color: var(--nx-bad);
    font-size: 12px;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (pointer: coarse) {
    .button,
    .field {
      min-height: 40px;
    }
    .icon-button {
      width: 40px;
      height: 40px;
    }
  }
`;

/** A panel that floats over the canvas. */
export const floating = css`
  .panel {
    border: 1px solid var(--nx-line);
    border-radius: 12px;
    background: color-mix(in srgb, var(--nx-panel) 95%, transparent);
    backdrop-filter: blur(14px);
    box-shadow: var(--nx-shadow);
  }
`;
