import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BULK_RUN, tagged } from '../../src/protocol/bulk.ts';
import { decodeRunCall, encodeRun, type RunCall, type RunTold } from '../../src/protocol/run-messages.ts';
import { RunCaller } from '../../src/sync/run-caller.ts';
import { memoryPair } from '../../src/transport/memory-connection.ts';
import { capped, settle } from '../support/run-room.ts';

function pair() {
  const caller = new RunCaller(capped);
  const [atHost, atGuest] = memoryPair({ key: 'host' }, { key: 'guest' });
  const calls: RunCall[] = [];
  atHost.onMessage((_, bytes) => calls.push(decodeRunCall(bytes.subarray(1))));
  caller.attach(atGuest);
  const tell = (told: RunTold) => atHost.send('bulk', tagged(BULK_RUN, encodeRun(told)));
  return { caller, calls, tell, atHost };
}

describe('a guest’s calls', () => {
  it('get their own answers, in whatever order they come', async () => {
    const { caller, calls, tell } = pair();
    const [one, two] = [caller.call({ method: 'jobs' }), caller.call({ method: 'job', job: 'a' })];
    await settle();
    tell({ t: 'answer', id: calls[1]?.id ?? -1, json: '"two"' });
    tell({ t: 'answer', id: calls[0]?.id ?? -1, json: new TextEncoder().encode('"one"') });
    assert.deepEqual([(await one).value, (await two).value], ['one', 'two']);
  });

  it('reject with the host’s words, when there is no host, and when it goes', async () => {
    const { caller, calls, tell, atHost } = pair();
    const refused = caller.call({ method: 'jobs' });
    const lost = caller.call({ method: 'jobs' });
    await settle();
    tell({ t: 'refused', id: calls[0]?.id ?? -1, code: 'no-queue', reason: 'Ask for Queue.' });
    await assert.rejects(refused, /Ask for Queue\./);
    const losing = assert.rejects(lost, /connection to the host was lost/);
    atHost.close({ code: 'closed', reason: 'Gone.' });
    await losing;
    await assert.rejects(caller.call({ method: 'jobs' }), /host is away/);
  });

  it('are a few at a time: a gallery is no flood', async () => {
    const { caller, calls, tell } = pair();
    const all = Array.from({ length: 20 }, () => caller.call({ method: 'jobs' }));
    await settle();
    assert.equal(calls.length, 6);
    for (let next = 0; next < all.length; next++) {
      tell({ t: 'answer', id: calls[next]?.id ?? -1, json: 'null' });
      await settle();
    }
    assert.equal((await Promise.all(all)).length, 20);
  });

  it('close the link to a host that speaks nonsense', async () => {
    const { caller, atHost } = pair();
    const call = assert.rejects(caller.call({ method: 'jobs' }));
    let why = '';
    atHost.onClose(({ code }) => {
      why = code;
    });
    atHost.send('bulk', Uint8Array.from([BULK_RUN, 0xc1]));
    await call;
    await settle();
    assert.equal(why, 'protocol-fault');
  });
});
