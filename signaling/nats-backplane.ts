/**
 * Nodes that find each other through NATS. Each id has a subject of its own, to which the node that holds it listens:
 *
 *   <prefix>.id.<id>     a message for the client; or a claim, `claim {tokenHash, nonce}`. Answered: "ok", "gone"; "taken", "yours"
 *   <prefix>.came.<id>   said by a node that has just got the client; heard by those that keep messages for it
 *
 * NATS answers at once where nobody listens. Whoever does not answer within a second has nothing: so a node that died costs its
 * clients a reconnect and no more. Without a connection to NATS each node goes on alone.
 */
import { connect, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { Backplane, BackplaneNode, Claim } from './backplane.ts';

/** How long another node may take to answer, in milliseconds. */
const ANSWER_MS = 1_000;
const CONNECT_MS = 5_000;
/** Between two tries to get back to NATS, in milliseconds. */
const RECONNECT_MS = 500;
/** How soon a dead connection to NATS is noticed, in milliseconds; twice unanswered it counts as lost. */
const PING_MS = 5_000;
const CLAIM = 'claim ';

export class NatsBackplane implements Backplane {
  readonly #nats: NatsConnection;
  readonly #prefix: string;
  readonly #held = new Map<string, Subscription>();
  #node: BackplaneNode | undefined;
  #isConnected = true;

  /** @param url `nats://[user:password@]host:port`, several with commas. Rejects with a sentence when it cannot be reached. */
  static async connect(url: string, prefix = 'nexus.signaling.1'): Promise<NatsBackplane> {
    const { servers, user, pass } = parseUrl(url);
    const nats = await connect({
      servers,
      ...(user === undefined ? {} : { user, pass: pass ?? '' }),
      name: 'nexus-mesh-signaling',
      // A node never has to tell itself, and hears at once that nobody else is there.
      noEcho: true,
      timeout: CONNECT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`NATS cannot be reached at ${servers.join(', ')} (${reason}). Check --nats.`);
    });
    return new NatsBackplane(nats, prefix);
  }

  private constructor(nats: NatsConnection, prefix: string) {
    this.#nats = nats;
    this.#prefix = prefix;
    void this.#watch();
  }

  join(node: BackplaneNode): void {
    this.#node = node;
  }

  async claim(id: string, claim: Claim): Promise<'held' | 'taken'> {
    // Listening before asking: of two who ask at once at least one hears the other.
    this.#listen(id);
    const answer = await this.#ask(id, CLAIM + JSON.stringify(claim));
    if (answer === 'taken') {
      this.release(id);
      return 'taken';
    }
    if (this.#isConnected) this.#nats.publish(`${this.#prefix}.came.${subjectOf(id)}`);
    return 'held';
  }

  release(id: string): void {
    this.#held.get(id)?.unsubscribe();
    this.#held.delete(id);
  }

  async send(id: string, text: string): Promise<boolean> {
    return (await this.#ask(id, text)) === 'ok';
  }

  onceThere(id: string, listener: () => void): () => void {
    const subject = `${this.#prefix}.came.${subjectOf(id)}`;
    const subscription = this.#nats.subscribe(subject, {
      max: 1,
      callback: (error) => {
        if (!error) listener();
      },
    });
    return () => subscription.unsubscribe();
  }

  trouble(): string | null {
    return this.#isConnected ? null : 'NATS is away: peers of other nodes cannot be reached.';
  }

  async close(): Promise<void> {
    await this.#nats.close();
  }

  #listen(id: string): void {
    if (this.#held.has(id)) return;
    const callback = (error: Error | null, message: Msg): void => {
      if (!error) this.#onMessage(id, message);
    };
    this.#held.set(id, this.#nats.subscribe(`${this.#prefix}.id.${subjectOf(id)}`, { callback }));
  }

  #onMessage(id: string, message: Msg): void {
    const text = message.string();
    if (!text.startsWith(CLAIM)) {
      message.respond(this.#node?.deliver(id, text) ? 'ok' : 'gone');
      return;
    }
    const claim = readClaim(text.slice(CLAIM.length));
    const answer = claim && this.#node?.claimed(id, claim);
    if (answer) message.respond(answer);
  }

  /** The other node's answer; null: there is none. */
  async #ask(id: string, text: string): Promise<string | null> {
    if (!this.#isConnected) return null;
    try {
      const reply = await this.#nats.request(`${this.#prefix}.id.${subjectOf(id)}`, text, { timeout: ANSWER_MS });
      return reply.string();
    } catch {
      return null;
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (type === 'disconnect' || type === 'reconnect') this.#isConnected = type === 'reconnect';
    }
  }
}

/** As a part of a subject, in which dots, spaces and stars mean something. */
function subjectOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function readClaim(text: string): Claim | null {
  try {
    const { tokenHash, nonce } = JSON.parse(text) as Partial<Claim>;
    return typeof tokenHash === 'string' && typeof nonce === 'string' ? { tokenHash, nonce } : null;
  } catch {
    return null;
  }
}

function parseUrl(list: string): { servers: string[]; user?: string; pass?: string } {
  const urls = list.split(',').map((each) => {
    const text = each.trim();
    if (!URL.canParse(text.includes('://') ? text : `nats://${text}`)) {
      throw new Error(`"${text}" is no address of NATS. It looks like nats://host:4222.`);
    }
    return new URL(text.includes('://') ? text : `nats://${text}`);
  });
  const [first] = urls;
  const servers = urls.map(({ protocol, host }) => `${protocol}//${host}`);
  if (!first?.username) return { servers };
  return { servers, user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) };
}
