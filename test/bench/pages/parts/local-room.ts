/** STUB until HostRoom: two people of one room in this page. */
import { applyOps } from '../../../../src/core/apply.ts';
import type { Document } from '../../../../src/core/document.ts';
import { HOST } from '../../../../src/core/permissions.ts';
import { GuestReplica } from '../../../../src/sync/guest-replica.ts';

export interface LocalRoom {
  readonly own: GuestReplica;
  readonly other: GuestReplica;
}

export function openLocalRoom(document: Document): LocalRoom {
  let seq = 0;
  const replicas: GuestReplica[] = [];
  const make = (client: number): GuestReplica => {
    let next = client * 100_000;
    const replica: GuestReplica = new GuestReplica({
      edit: (edit) => {
        queueMicrotask(() => {
          const applied = applyOps(document, edit.ops);
          if (applied.effect.length === 0) return void replica.receive({ t: 'no-effect', cseq: edit.cseq });
          seq++;
          for (const each of replicas) {
            each.receive({
              t: 'applied',
              seqLow: seq % 128,
              client,
              cseq: edit.cseq,
              low: document.hash.low,
              ops: [...applied.effect],
            });
          }
          for (const each of replicas) each.saved(seq);
        });
      },
      lease: (kind) => {
        queueMicrotask(() => replica.ids.add([[kind, next, next + 1000]]));
        next += 1000;
      },
      repair: () => console.error('bench: repair asked'),
      resync: () => {},
    });
    replica.welcome({ peer: client, client, epoch: 1, rights: HOST }, { seq: 0, lastCseq: 0, resume: false }, () => 1);
    replica.snapshotComing({ seq: 0 });
    const records = new Map([...document.keys()].map((key) => [key, new Map(document.get(key))] as const));
    replica.loadSnapshot({ seq: 0, scope: 'all', hash: document.hash.hex, lastCseq: 0, buckets: [] }, records);
    return replica;
  };
  replicas.push(make(1), make(2));
  return { own: replicas[0]!, other: replicas[1]! };
}
