import type { MeshModel } from './model.ts';

/** On the page's root while this person may not edit. */
const VIEW_ONLY = 'data-nexus-view-only';

/**
 * How the frontend looks to somebody without Editor: what would edit is dimmed, and the pointer says so. `data-nexus-closed` is set by
 * the binding on what this person may not change, `nexus-mesh-dimmed` on entries of menus. Everything can still be pressed: it
 * then says why not.
 */
const SHEET = `
  [data-nexus-closed='input'] { cursor: not-allowed !important; }
  [data-nexus-closed='node'][style*='crosshair'], [data-nexus-closed='node'][style*='resize'] { cursor: not-allowed !important; }
  .nexus-mesh-dimmed { opacity: 0.45; cursor: not-allowed !important; }
  [${VIEW_ONLY}] :is([data-testid='delete-button'], [data-testid='bypass-button'], [data-testid='color-picker-button'],
    [data-testid='convert-to-subgraph-button']) { opacity: 0.45; cursor: not-allowed; }`;

/** @returns how to take it off. */
export function mountViewOnly(model: MeshModel): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const show = () => {
    const { phase } = model.state;
    document.documentElement.toggleAttribute(VIEW_ONLY, phase.kind === 'guest' && !phase.rights.editor);
  };
  const stop = model.subscribe(show);
  show();
  return () => {
    stop();
    document.documentElement.removeAttribute(VIEW_ONLY);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  };
}
