import { createNanoEvents } from 'nanoevents';
import { Document, type ReadonlyDocument } from '../core/document.ts';
import { editRefusal } from '../core/edit-rights.ts';
import { type Key, makeKey } from '../core/keys.ts';
import { LockTable } from '../core/locks.ts';
import type { Op } from '../core/ops.ts';
import { may, type Rights, VIEWER } from '../core/permissions.ts';
import type { DocumentChange, EditOptions, EditResult, SharedDocument, UndoResult } from '../core/shared-document.ts';
import { opsProblem } from '../core/validate.ts';
import {
  type AppliedMessage,
  type EditMessage,
  type LeaseKind,
  type RejectedMessage,
  SEQ_MODULO,
  type SnapshotMessage,
} from '../protocol/messages.ts';
import { wellFormedOps } from '../protocol/wire-ops.ts';
import { type Caret, Carets } from './carets.ts';
import { IdPool } from './leases.ts';
import { beyondOps, netChange, type RecordChanges } from './net-change.ts';
import { PendingQueue } from './pending-queue.ts';
import { bucketSums, type Records, replaceRecords } from './records.ts';
import { sameOps } from './same-ops.ts';
import { collectBaseTexts, firstOf, TextMoves } from './text-moves.ts';
import { UndoHistory } from './undo.ts';
import { type Unsaved, UnsavedLog } from './unsaved.ts';

/** What the replica wants from whoever holds the link. Calls while there is none are forgotten. */
export interface ReplicaLink {
  edit(edit: Omit<EditMessage, 't'>): void;
  lease(kind: LeaseKind): void;
  /** The document is not the host's: these are its sums by group of keys. The stream waits until records come. */
  repair(sums: Uint8Array): void;
  /** A repair did not help: all records, please. */
  resync(): void;
}

/** What a client knows itself by in a room. */
export interface ReplicaIdentity {
  readonly peer: number;
  readonly client: number;
  readonly epoch: number;
  readonly rights: Rights;
}

export interface Refused {
  readonly code: string;
  readonly reason: string;
  readonly keys: readonly Key[];
}

interface ReplicaEvents {
  change(change: DocumentChange): void;
  refused(refused: Refused): void;
  /** Something was sent, confirmed or saved. */
  progress(): void;
  /** The hash differed from the host's and a repair was asked for. */
  diverged(seq: number): void;
}

/** Own transactions that may wait for the host: hours of work without a link. */
export const MAX_PENDING = 1000;
/** Messages held while a snapshot or a catch-up is awaited. More: the link is closed and the way in begins anew. */
export const MAX_HELD = 100_000;

/** A message of the stream whose place among the transactions matters. */
export type StreamMessage = AppliedMessage | { readonly t: 'no-effect'; readonly cseq: number } | RejectedMessage;

/**
 * One person's copy of the document: what the host confirmed, with this person's own pending transactions on top (S2). It knows
 * nothing of connections; a session feeds it and sends for it.
 */
export class GuestReplica implements SharedDocument {
  readonly #document = new Document();
  readonly #events = createNanoEvents<ReplicaEvents>();
  readonly #link: ReplicaLink;
  readonly #pending = new PendingQueue();
  readonly #unsaved = new UnsavedLog();
  readonly #undo = new UndoHistory();
  readonly ids: IdPool;
  /** Where pages have their carets, in the confirmed texts. */
  readonly carets = new Carets();
  #identity: ReplicaIdentity = { peer: 0, client: 0, epoch: 0, rights: VIEWER };
  /** Last transaction of the host that is in the document; −1: there is no document yet. */
  #seq = -1;
  /** Last transaction of the host that arrived, applied or held. */
  #streamSeq = -1;
  /** What arrived and cannot be applied yet: a snapshot or the end of a catch-up is awaited. */
  #held: StreamMessage[] | null = null;
  /** A catch-up ends with this transaction; null: none is awaited. */
  #catchUpUntil: number | null = null;
  #isLive = false;
  #isOver = false;
  #locks = new LockTable();
  #nameAuthor: (client: number) => number | undefined = () => undefined;

  constructor(link: ReplicaLink) {
    this.#link = link;
    this.ids = new IdPool((kind) => this.#link.lease(kind));
  }

  get document(): ReadonlyDocument {
    return this.#document;
  }

  get mayEdit(): boolean {
    return !this.#isOver && this.#seq >= 0 && may(this.#identity.rights, 'edit');
  }

  /** What the host said is locked or open. */
  get locks(): LockTable {
    return this.#locks;
  }

  get rights(): Rights {
    return this.#identity.rights;
  }

  get seq(): number {
    return this.#seq;
  }

  /** The host's sitting that `seq` counts in. */
  get epoch(): number {
    return this.#identity.epoch;
  }

  /** Whether the host's transactions are applied as they come: linked, and no snapshot or catch-up is awaited. */
  get isCurrent(): boolean {
    return this.#isLive && this.#held === null && this.#seq >= 0;
  }

  /** Transactions of this person that the host has not confirmed, and those confirmed that its disk has not. */
  get unconfirmed(): { readonly pending: number; readonly unsaved: number } {
    return { pending: this.#pending.length, unsaved: this.#unsaved.length };
  }

  get undoDepth(): { readonly undo: number; readonly redo: number } {
    return this.#undo.depth;
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    return this.#events.on('change', listener);
  }

  onRefused(listener: (refused: Refused) => void): () => void {
    return this.#events.on('refused', listener);
  }

  onProgress(listener: () => void): () => void {
    return this.#events.on('progress', listener);
  }

  onDiverged(listener: (seq: number) => void): () => void {
    return this.#events.on('diverged', listener);
  }

  // ---- The person's own edits

  edit(asGiven: readonly Op[], options: EditOptions = {}): EditResult {
    const ops = wellFormedOps(asGiven);
    const refused = this.refusalOf(ops);
    if (refused) return refused;
    const done = this.#applyOwn(ops);
    if (options.withoutUndo) this.#undo.pass(netChange(done.before, this.#document), 'own');
    else if (done.effect.length > 0) this.#undo.record(done.inverse, done.cseq, options.gesture);
    if (options.isUnseen) this.#announce(netChange(done.before, this.#document), 'undo');
    else if (!done.exact) this.#announce(beyondOps(done.before, ops, this.#document), 'remote');
    this.#flush();
    return { ok: true };
  }

  undo(): UndoResult {
    return this.#takeStep('undo');
  }

  redo(): UndoResult {
    return this.#takeStep('redo');
  }

  /** A caret in the text as this person sees it, as it stands in the confirmed text: at the transaction `seq`. */
  confirmedCaret(caret: Caret): Caret {
    return this.#pending.mapCaret(caret, 'to-confirmed');
  }

  /** The way back: where a caret in the confirmed text stands in what this person sees. */
  shownCaret(caret: Caret): Caret {
    return this.#pending.mapCaret(caret, 'to-shown');
  }

  leaseId(kind: LeaseKind): number {
    return this.ids.take(kind, (id) => this.#document.index.sameId(makeKey(kind, id)).size > 0);
  }

  refusalOf(ops: readonly Op[]): (EditResult & { ok: false }) | null {
    if (this.#isOver)
      return { ok: false, code: 'ended', reason: 'The session is over. This copy is no longer shared.' };
    if (this.#pending.length >= MAX_PENDING) {
      return {
        ok: false,
        code: 'too-many-waiting',
        reason: 'Too many edits wait for the host. Go on when it is back.',
      };
    }
    if (this.#seq < 0)
      return { ok: false, code: 'not-joined', reason: 'The shared workflow is not here yet. Wait a moment.' };
    const problem = opsProblem(ops, this.#document);
    if (problem) return { ok: false, code: problem.code, reason: problem.reason };
    const refused = editRefusal(this.#document, ops, this.#identity.rights, this.#locks);
    return refused && { ok: false, ...refused };
  }

  #takeStep(which: 'undo' | 'redo'): UndoResult {
    for (;;) {
      const ops = this.#undo.peek(which, this.#document);
      if (!ops) return 'nothing-left';
      const refused = this.refusalOf(ops);
      // The step stays: what it needs may be given back.
      if (refused) {
        this.#events.emit('refused', { code: refused.code, reason: refused.reason, keys: refused.keys ?? [] });
        return 'not-allowed';
      }
      this.#undo.drop(which);
      const done = this.#applyOwn(ops);
      if (done.effect.length === 0) continue;
      this.#undo.recordTaken(which, done.inverse, done.cseq);
      this.#announce(netChange(done.before, this.#document), 'undo');
      this.#flush();
      return 'done';
    }
  }

  #applyOwn(ops: readonly Op[]) {
    const transaction = this.#pending.open(ops.length);
    this.#document.startTracking();
    const done = transaction.join(this.#document, ops);
    return { ...done, before: this.#document.stopTracking(), cseq: transaction.cseq };
  }

  /** One transaction is in flight at a time; what comes meanwhile waits and is joined. */
  #flush(): void {
    const head = this.#pending.head;
    if (head && !head.isSent && this.#isLive && !this.#held) {
      head.isSent = true;
      head.isSealed = true;
      this.#link.edit({ cseq: head.cseq, base: this.#seq, ops: head.ops });
    }
    this.#events.emit('progress');
  }

  // ---- The link

  /** What the host needs to send only what is missing; undefined without a document. Costs as much as what is pending. */
  resumePoint(): { seq: number; hash: string } | undefined {
    if (this.#seq < 0) return undefined;
    this.#pending.revert(this.#document);
    const hash = this.#document.hash.hex;
    this.#pending.reapply(this.#document);
    return { seq: this.#seq, hash };
  }

  /**
   * The host let us in. With `resume` the transactions up to `seq` follow, else a snapshot does; both are held until complete.
   * @param nameAuthor the person behind a client's number.
   */
  welcome(
    identity: ReplicaIdentity,
    at: { seq: number; lastCseq: number; resume: boolean },
    nameAuthor: (client: number) => number | undefined,
  ): void {
    // Who can go on from here has all that we have; else what is lost is offered again with the snapshot.
    if (this.#identity.epoch !== identity.epoch) {
      this.#unsaved.hostChanged(at.resume ? Number.POSITIVE_INFINITY : at.lastCseq);
    }
    this.#identity = identity;
    this.#nameAuthor = nameAuthor;
    this.ids.client = identity.client;
    this.#pending.startAfter(at.lastCseq);
    this.#pending.resend();
    this.#isLive = true;
    this.#held = [];
    this.#streamSeq = at.resume ? this.#seq : at.seq;
    this.#catchUpUntil = at.resume ? at.seq : null;
    this.#releaseCatchUp();
  }

  /** The link is gone. Edits go on and wait. */
  disconnected(): void {
    this.#isLive = false;
    this.#held = null;
    this.#catchUpUntil = null;
    this.#pending.resend();
    this.ids.forgetRequests();
    this.#events.emit('progress');
  }

  /** For good: nothing can be edited any more. */
  end(): void {
    this.disconnected();
    this.#isOver = true;
  }

  setLocks(locks: LockTable): void {
    this.#locks = locks;
    this.#events.emit('progress');
  }

  setRights(rights: Rights): void {
    this.#identity = { ...this.#identity, rights };
    this.#events.emit('progress');
  }

  /** @returns false when a transaction is missing, which an ordered channel cannot lose: the link is to be closed. */
  receive(message: StreamMessage): boolean {
    if (message.t === 'applied') {
      this.#streamSeq++;
      if (message.seqLow !== this.#streamSeq % SEQ_MODULO) return false;
    }
    if (this.#held) {
      if (this.#held.length >= MAX_HELD) return false;
      this.#held.push(message);
      this.#releaseCatchUp();
    } else this.#process([message]);
    return true;
  }

  /** The host's disk has everything up to there. */
  saved(seq: number): void {
    this.#unsaved.saved(seq);
    this.#events.emit('progress');
  }

  /** The header of a snapshot arrived: what is held from before it is in it. */
  snapshotComing(header: Pick<SnapshotMessage, 'seq'>): boolean {
    if (header.seq !== this.#streamSeq || !this.#held) return false;
    this.#held = this.#held.filter((message) => message.t !== 'applied');
    return true;
  }

  /**
   * All of it arrived.
   * @returns whether the document now has the hash that the host says; if not, the replica has asked for more.
   */
  loadSnapshot(header: Omit<SnapshotMessage, 't' | 'id' | 'unpackedBytes'>, records: Records): boolean {
    const isFirst = this.#seq < 0;
    this.#document.startTracking();
    this.#pending.revert(this.#document);
    replaceRecords(this.#document, records, header.scope === 'repair' ? new Set(header.buckets) : undefined);
    this.#seq = header.seq;
    this.carets.reset(this.#seq);
    const isRight = this.#document.hash.hex === header.hash;
    const known = this.#pending.offerAgain(this.#unsaved.takeLost(header.lastCseq), header.lastCseq);
    for (const { cseq, ops, bases } of known) this.#unsaved.add({ cseq, seq: header.seq, ops, bases });
    this.#pending.rebase(this.#document);
    const changes = netChange(this.#document.stopTracking(), this.#document);
    if (isFirst) this.#undo.clear();
    else this.#undo.pass(changes, 'other');
    this.#announce(changes, 'reset');
    if (!isRight) {
      this.#held ??= [];
      if (header.scope === 'repair') this.#link.resync();
      return false;
    }
    this.#release();
    return true;
  }

  #releaseCatchUp(): void {
    if (this.#catchUpUntil === null || this.#streamSeq < this.#catchUpUntil) return;
    this.#catchUpUntil = null;
    this.#release();
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#process(held);
    this.ids.refill();
    this.#flush();
  }

  // ---- What the host says

  #process(messages: readonly StreamMessage[]): void {
    for (let index = 0; index < messages.length; ) {
      const message = messages[index] as StreamMessage;
      if (this.#held) this.#held.push(message);
      else if (message.t === 'applied') {
        index += this.#processApplied(messages, index);
        continue;
      } else if (message.t === 'no-effect') this.#noEffect(message.cseq);
      else this.#rejected(message);
      index++;
    }
    this.#flush();
  }

  /** @returns how many messages were taken: transactions in a row cost one rebase. */
  #processApplied(messages: readonly StreamMessage[], from: number): number {
    const run: AppliedMessage[] = [];
    for (let index = from; messages[index]?.t === 'applied'; index++) run.push(messages[index] as AppliedMessage);
    if (run.length !== 1 || !this.#confirmUnchanged(run[0] as AppliedMessage)) this.#rebase(run);
    const low = (this.#document.hash.low - this.#pending.lowDelta) >>> 0;
    if (low !== run.at(-1)?.low) this.#diverged();
    return run.length;
  }

  /** The host did with our transaction just what we had done already: nothing to do (and nothing to tell the editor). */
  #confirmUnchanged(entry: AppliedMessage): boolean {
    const head = this.#pending.head;
    if (!head || !this.#isOwnHead(entry) || !sameOps(entry.ops, head.effect)) return false;
    this.#pending.shift();
    this.#seq++;
    this.carets.moved(this.#seq, entry.client, entry.ops);
    this.#unsaved.add({ cseq: head.cseq, seq: this.#seq, ops: head.effect, bases: head.bases });
    return true;
  }

  #isOwnHead(entry: AppliedMessage): boolean {
    return entry.client === this.#identity.client && entry.cseq === this.#pending.head?.cseq;
  }

  #rebase(run: readonly AppliedMessage[]): void {
    const moves = new TextMoves();
    this.#document.startTracking();
    this.#pending.revert(this.#document);
    for (const entry of run) {
      const own = this.#isOwnHead(entry);
      const bases = own ? collectBaseTexts(this.#document, entry.ops) : undefined;
      moves.append(
        own
          ? this.#pending.replaceHead(this.#document, entry.ops)
          : this.#pending.passOver(
              TextMoves.perform(this.#document, entry.ops),
              firstOf(entry.client, this.#identity.client),
            ),
      );
      this.#seq++;
      this.carets.moved(this.#seq, entry.client, entry.ops);
      if (bases) this.#unsaved.add({ cseq: entry.cseq, seq: this.#seq, ops: entry.ops, bases });
    }
    this.#pending.reapply(this.#document);
    const changes = netChange(this.#document.stopTracking(), this.#document, moves);
    this.#undo.pass(changes, 'other');
    for (const entry of run) if (entry.client !== this.#identity.client) this.#noteHidden(entry.ops, changes);
    this.#announce(changes, 'remote', this.#authorOf(run));
  }

  /** What others set and our pending edits hide is what undoing those must lead to. */
  #noteHidden(ops: readonly Op[], changes: RecordChanges): void {
    if (this.#pending.length === 0) return;
    for (const op of ops) {
      if (op.op !== 'set' && op.op !== 'unset') continue;
      const change = changes.get(op.key);
      if (change && (change.kind !== 'updated' || change.fields.has(op.field))) continue;
      if (!this.#pending.sets(op.key, op.field)) continue;
      const value = op.op === 'set' ? op.value : undefined;
      this.#undo.beneath(op.key, op.field, value, (cseq) => this.#pending.has(cseq));
    }
  }

  #authorOf(run: readonly AppliedMessage[]): number | undefined {
    const clients = new Set(run.map((entry) => entry.client));
    const [client] = clients;
    return clients.size === 1 && client !== undefined ? this.#nameAuthor(client) : undefined;
  }

  #noEffect(cseq: number): void {
    if (this.#pending.head?.cseq === cseq) this.#settleHead('remote');
  }

  #rejected(message: RejectedMessage): void {
    const isHead = this.#pending.head?.cseq === message.cseq;
    if (isHead && message.code === 'behind') {
      this.#pending.resend();
      return;
    }
    this.#undo.refuse(message.cseq);
    if (isHead) this.#settleHead('refused');
    this.#events.emit('refused', { code: message.code, reason: message.reason, keys: message.keys });
  }

  /** Takes our first pending transaction back for good. */
  #settleHead(source: 'remote' | 'refused'): void {
    this.#document.startTracking();
    this.#pending.revert(this.#document);
    const moves = this.#pending.replaceHead(this.#document, []);
    this.#pending.reapply(this.#document);
    const changes = netChange(this.#document.stopTracking(), this.#document, moves);
    this.#undo.pass(changes, 'own');
    this.#announce(changes, source);
    this.#flush();
  }

  #diverged(): void {
    this.#held = [];
    this.#pending.revert(this.#document);
    const sums = bucketSums(this.#document);
    this.#pending.reapply(this.#document);
    this.#events.emit('diverged', this.#seq);
    this.#link.repair(sums);
  }

  #announce(records: RecordChanges, source: DocumentChange['source'], author?: number): void {
    if (records.size > 0 || source === 'reset') this.#events.emit('change', { records, source, author });
  }

  // ---- Across a reload of the page

  /** What is the person's own and not on the host's disk, to be kept when the page goes. */
  ownWork(): readonly Unsaved[] {
    return [
      ...this.#unsaved.all(),
      ...this.#pending.all().map(({ cseq, ops, bases }) => ({ cseq, seq: 0, ops, bases })),
    ];
  }

  /** Takes up what an earlier page of this client left. Before the first `welcome` only. @param epoch that its numbers are of. */
  restoreOwnWork(work: readonly Unsaved[], epoch: number): void {
    this.#identity = { ...this.#identity, epoch };
    for (const transaction of work) if (transaction.seq > 0) this.#unsaved.add(transaction);
    this.#pending.restore(work);
  }
}
