import type { FrontendAdapter } from './adapter.ts';
import type { FWorkflow } from './frontend-types.ts';

const STRIP = '[data-testid="workflow-tab-strip"]';
const TAB = '[data-testid="workflow-tab"]';
const MARK = 'data-nexus-shared';

/** Two people, in the frontend's own text colour of the tab that it is in. */
const ICON =
  "url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='black' stroke-width='2.4' stroke-linecap='round'%3E%3Ccircle cx='9' cy='8' r='4'/%3E%3Cpath d='M2 21v-1a7 7 0 0 1 14 0v1M16 4.4a4 4 0 0 1 0 7.2M18.5 14.6A7 7 0 0 1 22 20.4v.6'/%3E%3C/svg%3E\")";

export interface TabMarkOptions {
  readonly adapter: FrontendAdapter;
  /** Whose tab to mark. */
  readonly workflow: () => FWorkflow | null;
  /** What the mark says to a screen reader. */
  readonly label: string;
  /** Tabs were opened, closed or moved. */
  readonly onTabs: () => void;
}

/** Marks the tab whose workflow is shared. Without the frontend's tab strip there is nothing to mark. */
export function markTab({ adapter, workflow, label, onTabs }: TabMarkOptions): { look(): void; close(): void } {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    [${MARK}] [role="tab"]::before {
      content: '' / ${JSON.stringify(label)};
      width: 14px;
      height: 14px;
      flex: none;
      background: #5b8cff;
      mask: ${ICON} center / contain no-repeat;
    }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  let watched: Element | null = null;
  const observer = new MutationObserver(() => {
    mark();
    onTabs();
  });

  function mark(): void {
    const shared = workflow();
    const at = shared ? (adapter.openWorkflows?.indexOf(shared) ?? -1) : -1;
    for (const [index, tab] of document.querySelectorAll(`${STRIP} ${TAB}`).entries())
      if (tab.hasAttribute(MARK) !== (index === at)) tab.toggleAttribute(MARK, index === at);
  }

  function look(): void {
    const strip = document.querySelector(STRIP);
    if (strip !== watched) {
      observer.disconnect();
      watched = strip;
      if (strip) observer.observe(strip, { childList: true, subtree: true });
    }
    mark();
  }

  look();
  return {
    look,
    close: () => {
      observer.disconnect();
      for (const tab of document.querySelectorAll(`[${MARK}]`)) tab.removeAttribute(MARK);
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    },
  };
}
