import type { Fact } from './journal.ts';
import type { Client, Member } from './members.ts';

export function memberFact({ key, peer, name, color, granted, account, invites, isRemoved }: Member): Fact {
  const some = { ...(account === null ? {} : { account }), ...(isRemoved ? { isRemoved } : {}) };
  return { t: 'member', key, peer, name, color, rights: granted, ...some, invites: [...invites] };
}

export function clientFact({ client, id, member, lastCseq }: Client): Fact {
  return { t: 'client', client, id, key: member.key, lastCseq };
}
