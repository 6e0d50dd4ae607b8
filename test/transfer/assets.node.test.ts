import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { MeshError } from '../../src/protocol/errors.ts';
import { CHUNK_BYTES, decodeAssetMessage, encodeAssetMessage } from '../../src/transfer/asset-messages.ts';
import { AssetExchange, gunzip, gzip, PartialAssets } from '../../src/transfer/index.ts';
import { FakeClock } from '../transport/support/fake-clock.ts';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const filled = (length: number) => Uint8Array.from({ length }, (_, i) => i * 13 + (i >> 9));

interface PairOptions {
  /** Sees every message of the owner; false drops it, bytes replace it. */
  tamper?: (message: Uint8Array) => Uint8Array | false;
  partials?: PartialAssets;
  clock?: FakeClock;
  drained?: () => Promise<void>;
  source?: (hash: string) => Promise<Uint8Array | null>;
}

function pair(assets: Uint8Array[], options: PairOptions = {}) {
  const clock = options.clock ?? new FakeClock();
  const faults: string[] = [];
  const asked: number[] = [];
  const deliver = (to: () => AssetExchange, bytes: Uint8Array) =>
    queueMicrotask(() => {
      try {
        to().receive(bytes);
      } catch (error) {
        faults.push(error instanceof MeshError ? error.code : String(error));
      }
    });
  const byHash = new Map(assets.map((bytes) => [hashOf(bytes), bytes]));
  const owner = new AssetExchange({
    send: (bytes) => {
      const passed = options.tamper ? options.tamper(bytes) : bytes;
      if (passed) deliver(() => asker, passed);
    },
    drained: options.drained ?? (async () => {}),
    source: options.source ?? (async (hash) => byHash.get(hash) ?? null),
    clock,
  });
  const asker: AssetExchange = new AssetExchange({
    send: (bytes) => {
      const message = decodeAssetMessage(bytes);
      if (message.t === 'ask') asked.push(message.from);
      deliver(() => owner, bytes);
    },
    drained: async () => {},
    source: async () => null,
    clock,
    ...(options.partials ? { partials: options.partials } : {}),
  });
  return { owner, asker, faults, asked, clock };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: MeshError) => error.code,
  );

test('an asset of any size arrives whole, with progress up to its size', async () => {
  for (const length of [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, CHUNK_BYTES * 5 - 7]) {
    const bytes = filled(length);
    const { asker, clock } = pair([bytes]);
    const seen: number[] = [];
    const got = await asker.fetch(hashOf(bytes), { onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    assert.deepEqual(got, bytes);
    assert.equal(seen.at(-1), length);
    assert.equal(clock.pending, 0);
  }
});

test('T4: bytes that are not what the hash says are refused', async () => {
  const bytes = filled(CHUNK_BYTES * 2);
  const tamper = (raw: Uint8Array) => {
    const message = decodeAssetMessage(raw);
    if (message.t !== 'chunk' || message.at === 0) return raw;
    return encodeAssetMessage({ ...message, data: filled(message.data.length).map((byte) => byte ^ 1) });
  };
  const partials = new PartialAssets();
  const { asker } = pair([bytes], { tamper, partials });
  assert.equal(await codeOf(asker.fetch(hashOf(bytes))), 'asset-corrupt');
  // Nothing of it is kept: the next try starts from nothing.
  assert.equal(partials.bytes, 0);
});

test('an interrupted fetch goes on over the next connection where it stopped', async () => {
  const bytes = filled(CHUNK_BYTES * 4);
  const partials = new PartialAssets();
  let chunks = 0;
  const first = pair([bytes], {
    partials,
    tamper: (raw) => {
      if (decodeAssetMessage(raw).t === 'chunk') chunks += 1;
      return chunks > 2 ? false : raw;
    },
  });
  const fetching = codeOf(first.asker.fetch(hashOf(bytes)));
  await first.clock.advance(10);
  first.asker.close();
  assert.equal(await fetching, 'link-lost');
  const second = pair([bytes], { partials });
  assert.deepEqual(await second.asker.fetch(hashOf(bytes)), bytes);
  assert.deepEqual(second.asked, [CHUNK_BYTES * 2]);
});

test('silence of the other side ends a fetch', async () => {
  const { asker, clock } = pair([filled(10)], { tamper: () => false });
  const fetching = codeOf(asker.fetch(hashOf(filled(10))));
  await clock.advance(30_001);
  assert.equal(await fetching, 'asset-timeout');
});

test('what the other side has not, does not give, or is too large has its own code', async () => {
  const bytes = filled(1000);
  assert.equal(await codeOf(pair([]).asker.fetch(hashOf(bytes))), 'asset-unknown');
  assert.equal(await codeOf(pair([bytes]).asker.fetch(hashOf(bytes), { maxBytes: 999 })), 'asset-too-large');
  const forbidding = pair([], {
    source: async () => {
      throw new MeshError('asset-refused', 'Not for viewers.');
    },
  });
  await assert.rejects(forbidding.asker.fetch(hashOf(bytes)), /Not for viewers/);
  for (const bad of ['', 'abc', hashOf(bytes).toUpperCase(), `${hashOf(bytes)}0`]) {
    assert.equal(await codeOf(pair([bytes]).asker.fetch(bad)), 'asset-unknown');
  }
});

test('a cancelled fetch stops the sender', async () => {
  const bytes = filled(CHUNK_BYTES * 50);
  const abort = new AbortController();
  let sent = 0;
  const { asker, clock } = pair([bytes], {
    tamper: (raw) => {
      sent += 1;
      return raw;
    },
    drained: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const fetching = codeOf(
    asker.fetch(hashOf(bytes), { signal: abort.signal, onProgress: () => sent > 5 && abort.abort() }),
  );
  assert.equal(await fetching, 'left');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(sent < 12, `sent ${sent}`);
  assert.equal(clock.pending, 0);
});

test('T5: nothing is sent while the channel is not drained', async () => {
  let sent = 0;
  const { asker, clock } = pair([filled(CHUNK_BYTES * 5)], {
    tamper: (raw) => {
      if (decodeAssetMessage(raw).t === 'chunk') sent += 1;
      return raw;
    },
    drained: () => new Promise(() => {}),
  });
  void codeOf(asker.fetch(hashOf(filled(CHUNK_BYTES * 5))));
  await clock.advance(10);
  assert.equal(sent, 0);
});

test('T4: a peer is given no more assets at once than the cap', async () => {
  const assets = Array.from({ length: 10 }, (_, i) => filled(100 + i));
  const { asker, clock } = pair(assets, { drained: () => new Promise(() => {}) });
  const codes: string[] = [];
  for (const each of assets) void codeOf(asker.fetch(hashOf(each))).then((code) => codes.push(code));
  await clock.advance(10);
  assert.deepEqual(codes, ['busy', 'busy']);
});

const MALFORMED: [string, unknown][] = [
  ['null', null],
  ['unknown kind', { t: 'give', id: 1 }],
  ['id missing', { t: 'done' }],
  ['id negative', { t: 'done', id: -1 }],
  ['id fractional', { t: 'done', id: 0.5 }],
  ['a field too many', { t: 'done', id: 1, x: 1 }],
  ['hash too short', { t: 'ask', id: 1, hash: new Uint8Array(31), from: 0 }],
  ['hash as text', { t: 'ask', id: 1, hash: 'a'.repeat(32), from: 0 }],
  ['from negative', { t: 'ask', id: 1, hash: new Uint8Array(32), from: -5 }],
  ['size infinite', { t: 'have', id: 1, size: Number.POSITIVE_INFINITY }],
  ['chunk empty', { t: 'chunk', id: 1, at: 0, data: new Uint8Array(0) }],
  ['chunk too long', { t: 'chunk', id: 1, at: 0, data: new Uint8Array(CHUNK_BYTES + 1) }],
  ['reason too long', { t: 'refuse', id: 1, code: 'busy', reason: 'x'.repeat(301) }],
];

for (const [name, message] of MALFORMED) {
  test(`T4: a malformed asset message is a fault: ${name}`, () => {
    const { asker } = pair([]);
    assert.throws(
      () => asker.receive(encode(message)),
      (error) => error instanceof MeshError && error.code === 'protocol-fault',
    );
  });
}

test('T4: an owner that breaks the order of an asset is a fault, and the fetch ends', async () => {
  const bytes = filled(CHUNK_BYTES * 2);
  const scripts: [string, (id: number) => object[]][] = [
    ['chunk before have', (id) => [{ t: 'chunk', id, at: 0, data: filled(5) }]],
    [
      'have twice',
      (id) => [
        { t: 'have', id, size: 5 },
        { t: 'have', id, size: 5 },
      ],
    ],
    [
      'a gap',
      (id) => [
        { t: 'have', id, size: 50 },
        { t: 'chunk', id, at: 5, data: filled(5) },
      ],
    ],
    [
      'too much',
      (id) => [
        { t: 'have', id, size: 4 },
        { t: 'chunk', id, at: 0, data: filled(5) },
      ],
    ],
    [
      'done too early',
      (id) => [
        { t: 'have', id, size: 5 },
        { t: 'done', id },
      ],
    ],
  ];
  for (const [name, script] of scripts) {
    const { asker } = pair([bytes], { tamper: () => false });
    const fetching = codeOf(asker.fetch(hashOf(bytes)));
    assert.throws(
      () => {
        for (const each of script(1)) asker.receive(encode(each));
      },
      MeshError,
      name,
    );
    assert.equal(await fetching, 'protocol-fault', name);
  }
});

test('T4: any bytes are a message or a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        pair([]).asker.receive(bytes);
      } catch (error) {
        assert.ok(error instanceof MeshError && error.code === 'protocol-fault');
      }
    }),
  );
});

test('late words about a fetch that was given up do no harm', () => {
  const { asker } = pair([]);
  asker.receive(encodeAssetMessage({ t: 'done', id: 77 }));
  asker.receive(encodeAssetMessage({ t: 'cancel', id: 77 }));
});

test('partial assets have a cap, over which the oldest go', () => {
  const partials = new PartialAssets(10);
  partials.keep('a', [filled(6)]);
  partials.keep('b', [filled(6)]);
  assert.equal(partials.bytes, 6);
  assert.deepEqual([partials.take('a').length, partials.take('b').length, partials.bytes], [0, 1, 0]);
});

test('T4: a compressed bomb is stopped at the cap, and garbage is told as such', async () => {
  const bomb = await gzip(new Uint8Array(20_000_000));
  assert.ok(bomb.length < 50_000);
  assert.equal(await codeOf(gunzip(bomb, 1_000_000)), 'asset-too-large');
  assert.equal(await codeOf(gunzip(filled(100), 1000)), 'asset-corrupt');
  const cut = (await gzip(filled(10_000))).subarray(0, 50);
  assert.equal(await codeOf(gunzip(cut, 100_000)), 'asset-corrupt');
  assert.deepEqual(await gunzip(await gzip(filled(5000)), 5000), filled(5000));
});
