import type { Rights } from '../core/permissions.ts';
import { MeshError } from '../protocol/errors.ts';
import type { AskedGrant, Person } from '../protocol/messages.ts';
import { cleanName, uniqueName } from './names.ts';

/** What of a member is written down. */
export interface MemberFacts {
  readonly key: string;
  /** Stable number in this room. */
  readonly peer: number;
  name: string;
  color: number;
  /** What the host, an admin or an invite gave. */
  granted: Rights;
  /** Number of the account by which this person is signed in. Kept apart from `granted`: signing out takes only this. */
  account: number | null;
  /** Ids of the invites that have given this person rights: each does so once. */
  readonly invites: string[];
  /** Kicked, and not back since: comes in like somebody new. */
  isRemoved: boolean;
}

/** Someone whom the room knows, by public key: rights and name stick to it (T3). */
export class Member implements MemberFacts {
  readonly key: string;
  readonly peer: number;
  name: string;
  color: number;
  granted: Rights;
  account: number | null;
  invites: string[];
  isRemoved: boolean;
  /** All links were lost a moment ago. */
  isReconnecting = false;
  /** What this person asks for, the oldest first. */
  readonly asks = new Set<AskedGrant>();
  /** Round trip to the host, as their page measured it. */
  pingMs?: number;

  constructor({ key, peer, name, color, granted, account, invites, isRemoved }: MemberFacts) {
    this.key = key;
    this.peer = peer;
    this.name = name;
    this.color = color;
    this.granted = granted;
    this.account = account;
    this.invites = invites;
    this.isRemoved = isRemoved;
  }

  /** What this person may do now, by all that they were given. */
  get rights(): Rights {
    const isAdmin = this.account !== null && this.granted.role === 'member';
    return isAdmin ? { ...this.granted, role: 'admin' } : this.granted;
  }
}

/** One page of one member. A reload that kept its id is the same client. */
export interface Client {
  readonly id: string;
  /** Stable number in this room. */
  readonly client: number;
  readonly member: Member;
  /** The highest of its transactions that was dealt with. */
  lastCseq: number;
  isConnected: boolean;
  status: 'online' | 'away';
}

/** Pages of one person at the same time. */
export const MAX_CLIENTS_PER_MEMBER = 16;
/** Pages and people that a room remembers. Beyond it those who are away are forgotten, viewers and the oldest first. */
export const MAX_KNOWN_CLIENTS = 2000;
export const MAX_KNOWN_MEMBERS = 1000;
/** Colours that people get in turn. */
export const COLORS = 12;

/** Who belongs to the room. */
export class Members {
  readonly #byKey = new Map<string, Member>();
  readonly #clients = new Map<string, Client>();
  /** The pages of each member, so that one person's cost does not grow with the crowd. */
  readonly #pages = new Map<Member, Set<Client>>();
  #nextPeer = 0;
  #nextClient = 1;

  get all(): readonly Member[] {
    return [...this.#byKey.values()];
  }

  get clients(): readonly Client[] {
    return [...this.#clients.values()];
  }

  byKey(key: string): Member | undefined {
    return this.#byKey.get(key);
  }

  byPeer(peer: number): Member | undefined {
    for (const member of this.#byKey.values()) if (member.peer === peer) return member;
    return undefined;
  }

  clientByNumber(number: number): Client | undefined {
    for (const client of this.#clients.values()) if (client.client === number) return client;
    return undefined;
  }

  connectedClients(member: Member): Client[] {
    return [...(this.#pages.get(member) ?? [])].filter((client) => client.isConnected);
  }

  /** The member with this key, made if there is none. */
  enter(key: string, rights: Rights, name: string, color: number | undefined): Member {
    const known = this.#byKey.get(key);
    if (known) {
      this.rename(known, name, color);
      return known;
    }
    if (this.#byKey.size >= MAX_KNOWN_MEMBERS) this.#forgetOneMember();
    const peer = this.#nextPeer++;
    const own = {
      name: '',
      color: color ?? peer % COLORS,
      granted: rights,
      account: null,
      invites: [],
      isRemoved: false,
    };
    const member = new Member({ key, peer, ...own });
    this.#byKey.set(key, member);
    this.rename(member, name, color);
    return member;
  }

  rename(member: Member, name: string, color: number | undefined): void {
    const others = this.all.filter((other) => other !== member).map((other) => other.name);
    member.name = uniqueName(cleanName(name), new Set(others));
    if (color !== undefined) member.color = color;
  }

  /** The client of this member with this id, made if there is none. */
  clientOf(member: Member, id: string): Client {
    const place = clientPlace(member.key, id);
    const known = this.#clients.get(place);
    if (known) return known;
    if (this.connectedClients(member).length >= MAX_CLIENTS_PER_MEMBER) {
      throw new MeshError(
        'full',
        `You have this room open ${MAX_CLIENTS_PER_MEMBER} times. Close one of those pages first.`,
      );
    }
    if (this.#clients.size >= MAX_KNOWN_CLIENTS) this.#forgetOneClient();
    const client: Client = {
      id,
      client: this.#nextClient++,
      member,
      lastCseq: 0,
      isConnected: false,
      status: 'online',
    };
    this.#add(client);
    return client;
  }

  toPerson(member: Member): Person {
    const { peer, name, color, rights, pingMs, asks } = member;
    return {
      peer,
      name,
      color,
      rights,
      status: this.#statusOf(member),
      clients: this.connectedClients(member).map(({ client }) => client),
      ...(pingMs === undefined ? {} : { pingMs }),
      ...(asks.size === 0 ? {} : { asks: [...asks] }),
    };
  }

  #statusOf(member: Member): Person['status'] {
    const pages = this.connectedClients(member);
    if (pages.length === 0) return member.isReconnecting ? 'reconnecting' : 'offline';
    return pages.some(({ status }) => status === 'online') ? 'online' : 'away';
  }

  /** Takes up what was written down. */
  restoreMember(facts: MemberFacts): void {
    const known = this.#byKey.get(facts.key);
    if (known) Object.assign(known, facts);
    else this.#byKey.set(facts.key, new Member(facts));
    this.#nextPeer = Math.max(this.#nextPeer, facts.peer + 1);
  }

  restoreClient(client: Client): void {
    this.#add(client);
    this.#nextClient = Math.max(this.#nextClient, client.client + 1);
  }

  #add(client: Client): void {
    const { member } = client;
    this.#clients.set(clientPlace(member.key, client.id), client);
    this.#pages.set(member, (this.#pages.get(member) ?? new Set()).add(client));
  }

  #remove(client: Client): void {
    this.#clients.delete(clientPlace(client.member.key, client.id));
    this.#pages.get(client.member)?.delete(client);
  }

  #forgetOneClient(): void {
    const away = this.clients.filter((client) => !client.isConnected);
    const [client] = expendableFirst(away, ({ member }) => member.rights);
    if (client) this.#remove(client);
  }

  #forgetOneMember(): void {
    const away = this.all.filter((member) => this.connectedClients(member).length === 0);
    const [member] = expendableFirst(away, ({ rights }) => rights);
    if (!member || member.rights.role === 'host') return;
    this.#byKey.delete(member.key);
    for (const client of this.#pages.get(member) ?? []) this.#remove(client);
    this.#pages.delete(member);
  }
}

/** The oldest of those who may only look come first: a crowd of newcomers must not push out whom somebody gave a right. */
function expendableFirst<T>(all: readonly T[], rightsOf: (item: T) => Rights): T[] {
  const worth = (item: T): number => {
    const { role, editor, queue } = rightsOf(item);
    if (role === 'host') return 2;
    return role === 'admin' || editor || queue ? 1 : 0;
  };
  return [...all].sort((a, b) => worth(a) - worth(b));
}

function clientPlace(key: string, id: string): string {
  return `${key} ${id}`;
}
