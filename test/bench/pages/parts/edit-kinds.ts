/** The edits that are counted and timed, the same for every contestant. */
export const EDIT_KINDS = ['move', 'widget', 'character', 'link', 'add'] as const;
export type EditKind = (typeof EDIT_KINDS)[number];

export const EDIT_NAMES: Readonly<Record<EditKind, string>> = {
  move: 'move of a node',
  widget: 'number widget',
  character: 'character of a prompt',
  link: 'link',
  add: 'node added',
};
