import type { Fact } from './journal.ts';
import type { Client, Member } from './members.ts';

export function memberFact({ key, peer, name, color, granted, account, invites }: Member): Fact {
  const signedIn = account === null ? {} : { account };
  return { t: 'member', key, peer, name, color, rights: granted, ...signedIn, invites: [...invites] };
}

export function clientFact({ client, id, member, lastCseq }: Client): Fact {
  return { t: 'client', client, id, key: member.key, lastCseq };
}
