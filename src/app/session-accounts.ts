import type { AccountOutcome, GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { MeshActions, MeshState } from '../ui/model.ts';

/** From here on a wait is told in minutes. */
const MINUTES_FROM_MS = 120_000;

/** What the UI sees of a session's admin accounts. */
export function accountState({ accounts }: GuestSession): Pick<MeshState, 'accounts' | 'account'> {
  return { accounts: accounts.entries ?? undefined, account: accounts.mine };
}

export function accountActions(
  session: () => GuestSession | null,
): Required<Pick<MeshActions, 'setAccount' | 'removeAccount' | 'logout'>> {
  return {
    setAccount: async (name, password) => demand(await session()?.accounts.set(name, password)),
    removeAccount: async (name) => demand(await session()?.accounts.remove(name)),
    logout: async () => demand(await session()?.accounts.logout()),
  };
}

/** @returns what to tell this person. @throws Error with what to tell them. */
export async function login({ accounts }: GuestSession, account: string, password: string): Promise<string> {
  demand(await accounts.login(account, password));
  return t('chat.answer.signedIn', { name: account });
}

export async function logout({ accounts }: GuestSession): Promise<string> {
  demand(await accounts.logout());
  return t('chat.answer.signedOut');
}

function demand(outcome: AccountOutcome | undefined): void {
  if (!outcome?.refused) return;
  const { refused, waitMs = 0 } = outcome;
  if (refused !== 'wait') throw new Error(t(`accounts.refused.${refused}`));
  throw new Error(
    waitMs < MINUTES_FROM_MS
      ? t('accounts.refused.waitSeconds', { n: Math.ceil(waitMs / 1000) })
      : t('accounts.refused.waitMinutes', { n: Math.ceil(waitMs / 60_000) }),
  );
}
