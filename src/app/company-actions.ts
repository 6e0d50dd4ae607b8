import type { GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { MeshActions } from '../ui/model.ts';
import type { Company } from './company.ts';

type Names = 'setMouseShown' | 'spectate' | 'sendChat' | 'highlightNode' | 'setAdmin' | 'kick' | 'ban' | 'unban';

/** What a person can do about the others. People are named by their number in the room, as text. */
export function companyActions(
  company: () => Company | null,
  session: () => GuestSession | null,
): Required<Pick<MeshActions, Names>> {
  return {
    setMouseShown: (id, on) => company()?.setMouseShown(Number(id), on),
    spectate: (id) => company()?.spectate(id === null ? null : Number(id)),
    sendChat: async (text) => {
      const here = company();
      if (!here) throw new Error(t('chat.cannotSend'));
      return here.chat.send(text);
    },
    highlightNode: (id) => company()?.highlightNode(id),
    setAdmin: (id, on) => session()?.setGrant(Number(id), 'admin', on),
    kick: (id) => session()?.remove(Number(id), false),
    ban: (id) => session()?.remove(Number(id), true),
    unban: (id) => session()?.unban(Number(id)),
  };
}
