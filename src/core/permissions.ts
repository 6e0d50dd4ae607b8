/** Who may do what. The host room enforces it; what the UI hides is courtesy. */

export interface Rights {
  readonly role: 'host' | 'admin' | 'member';
  /** May edit the workflow. */
  readonly editor: boolean;
  /** May run it. */
  readonly queue: boolean;
}

export type Action =
  | 'see'
  | 'chat'
  | 'point'
  | 'follow'
  | 'edit'
  | 'queue'
  | 'cancel-own'
  | 'set-open-inputs'
  | 'view-backups'
  | 'load-backup'
  | 'manage-backups'
  | 'set-rights'
  | 'kick'
  | 'ban'
  | 'manage-invites'
  | 'manage-locks'
  | 'manage-accounts'
  | 'cancel-any';

/** What a new person gets unless their invite says otherwise. */
export const VIEWER: Rights = { role: 'member', editor: false, queue: false };
export const HOST: Rights = { role: 'host', editor: true, queue: true };

/** What an action needs: being there, one of the grants, or being in charge. The host and admins may all. */
const NEEDS: Record<Action, readonly ('anyone' | 'editor' | 'queue')[]> = {
  see: ['anyone'],
  chat: ['anyone'],
  point: ['anyone'],
  follow: ['anyone'],
  edit: ['editor'],
  queue: ['queue'],
  'cancel-own': ['queue'],
  'set-open-inputs': ['editor', 'queue'],
  'view-backups': ['editor'],
  'load-backup': [],
  'manage-backups': [],
  'set-rights': [],
  kick: [],
  ban: [],
  'manage-invites': [],
  'manage-locks': [],
  'manage-accounts': [],
  'cancel-any': [],
};

export function may(rights: Rights, action: Action): boolean {
  if (isInCharge(rights)) return true;
  return NEEDS[action].some((need) => need === 'anyone' || rights[need]);
}

export function isInCharge(rights: Rights): boolean {
  return rights.role === 'host' || rights.role === 'admin';
}

/**
 * Whether one person may change another's rights, or kick or ban them: nobody touches the host, and only the host makes or
 * touches admins.
 */
export function mayChange(actor: Rights, target: Rights, wanted: Rights = target): boolean {
  if (target.role === 'host' || wanted.role === 'host') return false;
  if (actor.role === 'host') return true;
  return actor.role === 'admin' && target.role === 'member' && wanted.role === 'member';
}

export interface Refusal {
  readonly code: `no-${Action}`;
  /** For the person. */
  readonly reason: string;
}

const REASONS: Record<Action, string> = {
  see: 'You are not in this session.',
  chat: 'You cannot write in this session.',
  point: 'You cannot show your pointer in this session.',
  follow: 'You cannot follow others in this session.',
  edit: 'Viewing only. Ask to edit.',
  queue: 'You cannot run this workflow. Ask for Queue.',
  'cancel-own': 'You cannot cancel runs. Ask for Queue.',
  'set-open-inputs': 'Viewing only. Ask to edit or to run.',
  'view-backups': 'Backups are for editors. Ask to edit.',
  'load-backup': 'Only the host and admins can load a backup for everyone.',
  'manage-backups': 'Only the host and admins can name and pin backups.',
  'set-rights': 'Only the host and admins can change what people may do.',
  kick: 'Only the host and admins can remove people.',
  ban: 'Only the host and admins can ban people.',
  'manage-invites': 'Only the host and admins can make invite links.',
  'manage-locks': 'Only the host and admins can lock parts of the workflow.',
  'manage-accounts': 'Only the host and admins can manage accounts.',
  'cancel-any': "Only the host and admins can cancel other people's runs.",
};

/** What to answer to someone who may not. */
export function refusal(action: Action): Refusal {
  return { code: `no-${action}`, reason: REASONS[action] };
}
