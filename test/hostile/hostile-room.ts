/** A whole host in Node as the app composes it (room, backups, runs, assets), with the real framing over links in memory. */
import { setImmediate as turn } from 'node:timers/promises';
import { exchangeAssets } from '../../src/app/link-assets.ts';
import { CATALOGUE } from '../../src/backend/catalogue.ts';
import { validatePrompt } from '../../src/backend/prompt-validate.ts';
import { HOST, type Rights } from '../../src/core/permissions.ts';
import type { BackupEntry } from '../../src/protocol/backup-messages.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import type { PromptRequest } from '../../src/protocol/run-messages.ts';
import {
  BackupDesk,
  createHostRoom,
  GuestSession,
  gzip,
  type HostRoom,
  RoomBackups,
  RunDesk,
} from '../../src/sync/index.ts';
import { FramedConnection } from '../../src/transport/framed-connection.ts';
import { GUEST_LIMITS, HOST_LIMITS } from '../../src/transport/options.ts';
import { MemoryPersistence } from '../support/memory-persistence.ts';
import { FakeBackend } from '../support/run-room.ts';
import { documentOf, HOST_KEY, node, TestPasswords } from '../support/sync-room.ts';
import { type FakeLink, fakeLinkPair } from '../transport/support/fake-link.ts';
import { HostileClient } from './hostile-client.ts';

const PATIENCE_MS = 20_000;

/** Takes only prompts that the embedded runner would. */
class ValidatingBackend extends FakeBackend {
  override async submit(id: string, request: PromptRequest): Promise<{ status: number; body: unknown }> {
    const checked = validatePrompt(request.prompt, { catalogue: CATALOGUE, hasImage: () => false });
    if (checked.ok) return super.submit(id, request);
    return { status: 400, body: { error: checked.error, node_errors: checked.nodeErrors } };
  }
}

export interface Honest {
  readonly session: GuestSession;
  /** Why its link closed; null as long as it stands. */
  closed(): string | null;
}

export class HostileRoom {
  readonly room: HostRoom;
  readonly desk: RunDesk;
  readonly backend = new ValidatingBackend();
  readonly passwords = new TestPasswords();
  readonly #clock: Clock;
  readonly #backupDesk: BackupDesk;
  readonly backups: RoomBackups;
  #serial = 0;

  /** With one backup, and a host in it. */
  static async open(clock: Clock): Promise<HostileRoom> {
    const made = new HostileRoom(clock);
    await made.backups.open('Host');
    await made.backups.take({ name: 'first' });
    return made;
  }

  private constructor(clock: Clock) {
    this.#clock = clock;
    const document = documentOf([
      { op: 'add', key: 'm', fields: new Map([['version', 0.4]]) },
      node(1, { title: 'One' }),
      node(2, { title: 'Two' }),
    ]);
    this.room = createHostRoom({
      hostKey: HOST_KEY,
      name: 'Room',
      persistence: new MemoryPersistence(),
      now: () => clock.now(),
      wallNow: () => clock.now(),
      packing: gzip,
      passwords: this.passwords,
      document,
    });
    this.backups = new RoomBackups({
      document: () => this.room.document,
      store: memoryStore(),
      clock,
      packing: gzip,
      ignores: () => false,
    });
    this.#backupDesk = new BackupDesk(this.room, this.backups);
    this.desk = new RunDesk({
      backend: this.backend,
      memberOf: (connection) => this.room.personAt(connection),
      host: () => ({ peer: 0, name: 'Host', color: 0 }),
      refuses: () => null,
      isNamed: () => true,
      packing: gzip,
      shrink: async () => null,
      now: () => clock.now(),
      newId: () => `prompt-${++this.#serial}`,
    });
  }

  /** Somebody who keeps to the rules, and is in. */
  async honest(name: string, rights: Rights): Promise<Honest> {
    const { atGuest } = this.#link(rights === HOST ? HOST_KEY : `key-${name}`, rights);
    let closed: string | null = null;
    atGuest.onClose(({ code }) => {
      closed = code;
    });
    const session = new GuestSession({
      client: `client-${name}`.padEnd(10, '-'),
      name,
      packing: gzip,
      now: () => this.#clock.now(),
    });
    session.attach(atGuest);
    await until(() => session.state.kind === 'live', `${name} is in`);
    return { session, closed: () => closed };
  }

  /** Somebody with a key and a link who has not said anything yet. */
  stranger(rights: Rights, key = `hostile-${++this.#serial}`): HostileClient {
    const { atGuest, wire } = this.#link(key, rights);
    return new HostileClient(atGuest, wire);
  }

  /** The same, joined. */
  async hostile(rights: Rights, key?: string): Promise<HostileClient> {
    const client = this.stranger(rights, key);
    client.join('Mallory');
    await until(() => client.welcome !== undefined || client.closed !== null, 'the hostile client is in or out');
    return client;
  }

  close(): void {
    this.#backupDesk.close();
    void this.backups.close();
    this.desk.close();
    this.room.close();
  }

  #link(key: string, rights: Rights): { atGuest: FramedConnection; wire: FakeLink } {
    const [hostLink, wire] = fakeLinkPair();
    const clock = this.#clock;
    const atHost = new FramedConnection({ peerKey: key, link: hostLink, limits: HOST_LIMITS, clock });
    const atGuest = new FramedConnection({ peerKey: HOST_KEY, link: wire, limits: GUEST_LIMITS, clock });
    const source = async (hash: string) => this.desk.asset(hash) ?? this.#backupDesk.contentFor(key, hash);
    const exchange = exchangeAssets(atHost, source, undefined, clock);
    this.desk.serve(atHost, (hash, maxBytes) => exchange.fetch(hash, { maxBytes }));
    this.room.admit(atHost, { rights });
    return { atGuest, wire };
  }
}

function memoryStore() {
  const kept = new Map<number, { entry: BackupEntry; content: Uint8Array }>();
  return {
    list: async () => [...kept.values()].map(({ entry }) => entry),
    load: async (id: number) => kept.get(id)?.content ?? null,
    save: async (entry: BackupEntry, content: Uint8Array) => void kept.set(entry.id, { entry, content }),
    update: async () => {},
    delete: async (ids: readonly number[]) => {
      for (const id of ids) kept.delete(id);
    },
  };
}

/** Waits for a condition, however slow the machine is. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It never came about: ${what}.`);
    await turn();
  }
}
