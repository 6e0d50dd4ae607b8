export type { ChromeHooks, ExtensionChrome } from './frontend-chrome.ts';
export { extensionChrome, SIDEBAR_TAB_ID } from './frontend-chrome.ts';
export { actionButton, reactiveTick, topBarBottom } from './frontend-hooks.ts';
export type * from './model.ts';
export { JOIN_STEPS } from './model.ts';
export type { Ui, UiHost } from './mount.ts';
export { mountUi } from './mount.ts';
export { setLocale, t } from './strings.ts';
export { PEOPLE, personColor } from './theme.ts';
