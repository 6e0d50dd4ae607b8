import { css, unsafeCSS } from 'lit';

/** Below this width panels rise from the bottom edge and span it. */
export const SHEET_MAX_WIDTH_PX = 520;

export function isPhone(): boolean {
  return innerWidth <= SHEET_MAX_WIDTH_PX;
}

/** Placement of a floating panel: `--nx-top` and `--nx-right` from its anchor, or where movable.ts has put it, or a sheet on phones. */
export const sheet = css`
  .float {
    position: fixed;
    top: var(--nx-moved-top, var(--nx-top, 56px));
    right: var(--nx-moved-right, var(--nx-right, 12px));
    left: var(--nx-left, auto);
    width: 372px;
    max-width: calc(100vw - 24px);
    max-height: calc(100dvh - var(--nx-moved-top, var(--nx-top, 56px)) - 12px);
    overflow: auto;
    pointer-events: auto;
    animation: drop 150ms cubic-bezier(0.2, 0, 0, 1);
  }
  .float:focus-visible {
    outline: none;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 10px 10px 10px 16px;
    border-bottom: 1px solid var(--nx-line);
  }
  .head h2 {
    font-size: 13px;
  }
  .body {
    padding: 14px 16px 16px;
  }
  kbd {
    padding: 1px 6px;
    border: 1px solid var(--nx-line);
    border-radius: 5px;
    color: var(--nx-muted);
    font: 500 11px/1.4 ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
  }
  @keyframes drop {
    from {
      opacity: 0;
      transform: translateY(-6px);
    }
  }
  @keyframes rise {
    from {
      transform: translateY(24px);
      opacity: 0;
    }
  }
  @media (max-width: ${unsafeCSS(SHEET_MAX_WIDTH_PX)}px) {
    .float {
      top: auto;
      right: 0;
      bottom: 0;
      left: 0;
      width: auto;
      max-width: none;
      max-height: 82dvh;
      border-width: 1px 0 0;
      border-radius: 16px 16px 0 0;
      padding-bottom: env(safe-area-inset-bottom);
      animation-name: rise;
    }
    .head::before {
      content: '';
      position: absolute;
      top: 5px;
      left: 50%;
      width: 36px;
      height: 4px;
      margin-left: -18px;
      border-radius: 2px;
      background: var(--nx-line);
    }
    kbd {
      display: none;
    }
  }
`;
