import type { FrontendAdapter } from '../comfy/adapter.ts';
import type { Binding } from '../comfy/binding.ts';
import { markTab } from '../comfy/tab-mark.ts';
import { CanvasView } from '../comfy/view.ts';
import { makeKey } from '../core/keys.ts';
import { isInCharge, mayChange } from '../core/permissions.ts';
import type { Person } from '../protocol/messages.ts';
import type { GuestSession } from '../sync/index.ts';
import { t } from '../ui/index.ts';
import type { Ban, MeshState, PersonAction, PresenceSource, Person as ShownPerson } from '../ui/model.ts';
import { Attendance } from './attendance.ts';
import { PresenceCapture } from './presence-capture.ts';
import { PresenceMarks } from './presence-marks.ts';
import { accountState, login, logout } from './session-accounts.ts';
import { type ChatDoings, SessionChat } from './session-chat.ts';
import { arrivalsOf } from './session-invites.ts';
import { Spectate } from './spectate.ts';

export interface CompanyOptions {
  readonly session: GuestSession;
  readonly rename: ChatDoings['rename'];
  /** Anything shown differs. */
  readonly onChange: () => void;
  readonly onRefusedLine: (text: string) => void;
  /** This person wants to see mice at all. */
  readonly areMiceShown: () => boolean;
}

/** The others in a session, as this page shows them: who they are, where they are, what they say. */
export class Company {
  readonly chat: SessionChat;
  readonly #options: CompanyOptions;
  readonly #attendance: Attendance;
  readonly #hiddenMice = new Set<number>();
  readonly #stops: (() => void)[];
  #view: CanvasView | null = null;
  #marks: PresenceMarks | null = null;
  #capture: PresenceCapture | null = null;
  #spectate: Spectate | null = null;

  constructor(options: CompanyOptions) {
    this.#options = options;
    const { session, onChange } = options;
    this.chat = new SessionChat(session, {
      rename: options.rename,
      login: (account, password) => login(session, account, password),
      logout: () => logout(session),
    });
    this.#attendance = new Attendance(session, now);
    this.#stops = [
      session.chat.on('change', onChange),
      session.chat.on('refused', options.onRefusedLine),
      session.presence.on('look', onChange),
      session.on('bans', onChange),
      session.accounts.onChange(onChange),
      session.door.onChange(onChange),
      () => this.chat.close(),
      () => this.#attendance.close(),
    ];
  }

  get presence(): PresenceSource | undefined {
    return this.#marks ?? undefined;
  }

  get spectating(): string | null {
    const peer = this.#spectate?.following ?? null;
    return peer === null ? null : String(peer);
  }

  /** The shared workflow is on show. */
  open(adapter: FrontendAdapter, binding: Binding): void {
    const { session, onChange } = this.#options;
    const view = new CanvasView(adapter, () => binding.place === 'shown');
    const isMouseShown = (peer: number): boolean => this.#options.areMiceShown() && !this.#hiddenMice.has(peer);
    const marks = new PresenceMarks({ session, view, isMouseShown, now });
    const spectate = new Spectate({
      session,
      view,
      onChange: () => {
        this.#capture?.look();
        onChange();
      },
    });
    this.#capture = new PresenceCapture({
      session,
      view,
      following: () => spectate.following,
      onActivity: () => marks.touch(),
      now,
    });
    const workflow = () => binding.workflow;
    const tab = markTab({ adapter, workflow, label: t('tab.shared'), onTabs: () => this.#onPlace(binding) });
    this.#view = view;
    this.#marks = marks;
    this.#spectate = spectate;
    this.#stops.push(
      binding.on('remoteEdit', (keys, author) => marks.edited(keys, author)),
      binding.on('place', () => {
        tab.look();
        this.#onPlace(binding);
      }),
      () => tab.close(),
      () => this.#capture?.close(),
      () => spectate.close(),
      () => marks.close(),
      () => view.close(),
    );
    onChange();
  }

  /** Another workflow came on show here, or the session's again. */
  #onPlace({ place }: Binding): void {
    if (place !== 'shown') this.#spectate?.follow(null);
    this.#capture?.touch();
    this.#marks?.touch();
    this.#options.onChange();
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#marks = null;
  }

  // ---- What a person does

  setMouseShown(peer: number, on: boolean): void {
    if (on) this.#hiddenMice.delete(peer);
    else this.#hiddenMice.add(peer);
    this.#marks?.touch();
    this.#options.onChange();
  }

  /** The session's workflow has to be on show. */
  /** What `areMiceShown` says may differ. */
  touchMice(): void {
    this.#marks?.touch();
  }

  spectate(peer: number | null): void {
    if (peer === null || this.#view?.isShown) this.#spectate?.follow(peer);
  }

  highlightNode(id: string): void {
    const key = this.#nodeKey(id);
    if (!key || !this.#view?.isShown || !this.#view.center(key))
      throw new Error(t('chat.answer.noNode', { node: `#${id}` }));
    this.#marks?.edited([key], this.#options.session.peer);
  }

  nodeTitle(id: string): string | null {
    const key = this.#nodeKey(id);
    if (!key || !this.#view?.isShown) return null;
    return this.#view.titleOf(key);
  }

  /** A node of the graph on show, else of whichever it is in: ids are unique over all graphs. */
  #nodeKey(id: string): string | null {
    const { document } = this.#options.session.replica;
    const here = makeKey('node', id, this.#view?.scope ?? '');
    if (document.has(here)) return here;
    const [elsewhere] = document.index.sameId(makeKey('node', id));
    return elsewhere ?? null;
  }

  // ---- What the UI sees

  state(): Pick<MeshState, 'chat' | 'spectating' | 'bans' | 'accounts' | 'account' | 'arrivals'> {
    const { session } = this.#options;
    const more = { ...accountState(session), arrivals: arrivalsOf(session) };
    return { chat: this.chat.state(), spectating: this.spectating, bans: this.#bans(), ...more };
  }

  /** What is known of a person besides name and rights. */
  about(person: Person): Partial<ShownPerson> {
    const { session } = this.#options;
    const looks = person.clients.flatMap((client) => session.presence.looks.get(client) ?? []);
    const isMe = person.peer === session.peer;
    const editing = looks.find((look) => look.editing)?.editing;
    const scope = isMe ? undefined : looks.find((look) => look.scope !== '')?.scope;
    const inside = scope === undefined ? null : (this.#view?.nameOf(scope) ?? null);
    const following = isMe ? this.#spectate?.following : looks.find((look) => look.following !== null)?.following;
    return {
      mouseShown: !this.#hiddenMice.has(person.peer),
      following: following === null || following === undefined ? null : String(following),
      ...(person.pingMs === undefined ? {} : { pingMs: person.pingMs }),
      ...(inside === null ? {} : { inside }),
      ...(editing ? { editing: this.#labelOf(editing.key) } : {}),
      ...(isMe ? {} : { may: this.#mayDo(person) }),
    };
  }

  #labelOf(key: string): string {
    const id = /^n([^@]*)/.exec(key)?.[1] ?? '';
    const title = (this.#view?.isShown && this.#view.titleOf(key)) || '';
    return `#${id} ${title}`.trim();
  }

  #mayDo({ rights }: Person): PersonAction[] {
    const own = this.#options.session.replica.rights;
    if (!isInCharge(own) || !mayChange(own, rights)) return [];
    return own.role === 'host' ? ['admin', 'kick', 'ban'] : ['kick', 'ban'];
  }

  #bans(): Ban[] {
    return this.#options.session.bans.map(({ id, name, at }) => ({ id: String(id), name, atMs: at }));
  }
}

function now(): number {
  return performance.now();
}
