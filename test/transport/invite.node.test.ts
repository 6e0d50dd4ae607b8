import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MeshError } from '../../src/protocol/errors.ts';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../../src/transport/bytes.ts';
import { fingerprintOf } from '../../src/transport/fingerprint.ts';
import {
  createKeyPair,
  keyFromText,
  keyText,
  rendezvousIdOf,
  roomIdOf,
  sign,
  verify,
} from '../../src/transport/identity.ts';
import {
  checkInvite,
  createInvite,
  decodeInviteLink,
  encodeInviteLink,
  useInvite,
} from '../../src/transport/invite.ts';
import { parseSignalingAddress, portalSignalingAddress } from '../../src/transport/signaling-address.ts';

const PORTAL = 'http://portal.example:8787/';
const link = { roomId: roomIdOf(createKeyPair().publicKey), inviteId: 'abcdefgh', secret: new Uint8Array(16).fill(7) };
const hasCode = (code: string) => (error: unknown) => error instanceof MeshError && error.code === code;

test('T1: a link holds room, invite, secret and where to find the host, all in the fragment', () => {
  for (const each of [link, { ...link, signaling: 'wss://signal.example:9000/path?key=k' }]) {
    const url = encodeInviteLink(`${PORTAL}?theme=dark#old`, each);
    assert.ok(url.startsWith(`${PORTAL}?theme=dark#nexus=`));
    assert.deepEqual(decodeInviteLink(url), each);
    assert.deepEqual(decodeInviteLink(new URL(url).hash), each);
  }
  assert.ok(encodeInviteLink(PORTAL, link).length < PORTAL.length + 70);
});

test('T1: a URL without an invite is none', () => {
  for (const url of [PORTAL, `${PORTAL}#`, `${PORTAL}#settings`, '', '#nexu=abc'])
    assert.equal(decodeInviteLink(url), null);
});

test('T1: a link cut short, lengthened or mistyped anywhere says that it cannot be read', () => {
  const whole = encodeInviteLink(PORTAL, { ...link, signaling: 'wss://signal.example/' });
  const start = whole.indexOf('=') + 1;
  for (let length = start; length < whole.length; length++) {
    assert.throws(() => decodeInviteLink(whole.slice(0, length)), hasCode('link-malformed'), `cut to ${length}`);
  }
  for (let at = start; at < whole.length; at++) {
    const letter = whole[at] === 'A' ? 'B' : 'A';
    assert.throws(() => decodeInviteLink(whole.slice(0, at) + letter + whole.slice(at + 1)), hasCode('link-malformed'));
  }
  for (const tail of ['A', 'AA', '=', '%20x', ' x', '.']) {
    assert.throws(() => decodeInviteLink(whole + tail), hasCode('link-malformed'), tail);
  }
});

test('T4: any fragment at all is read, none or one clear error', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      try {
        decodeInviteLink(`#nexus=${text}`);
      } catch (error) {
        assert.ok(hasCode('link-malformed')(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('T1: an invite is valid until it is revoked, expired or used up', () => {
  const invite = createInvite({ role: 'viewer', nowMs: 1000, expiresAt: 2000, maxUses: 1 });
  assert.deepEqual(checkInvite(invite, 1999), { ok: true });
  const codeOf = (each: typeof invite, nowMs: number) => {
    const check = checkInvite(each, nowMs);
    return check.ok ? 'ok' : check.code;
  };
  assert.equal(codeOf(invite, 2000), 'invite-expired');
  assert.equal(codeOf(useInvite(invite), 1999), 'invite-used-up');
  assert.equal(codeOf({ ...invite, revoked: true }, 1000), 'invite-revoked');
  assert.equal(codeOf(createInvite({ role: 'viewer', nowMs: 0 }), Number.MAX_SAFE_INTEGER), 'ok');
});

test('T1: two invites share neither id nor secret', () => {
  const [a, b] = [createInvite({ role: 'x', nowMs: 0 }), createInvite({ role: 'x', nowMs: 0 })];
  assert.notEqual(a.id, b.id);
  assert.notDeepEqual(a.secret, b.secret);
});

test('base64url and hex come back as they went, in one spelling only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
      assert.equal(toBase64Url(data), Buffer.from(data).toString('base64url'));
      assert.deepEqual(fromBase64Url(toBase64Url(data)), data);
      assert.deepEqual(fromHex(toHex(data)), data);
    }),
  );
  for (const text of ['A', 'AB', 'AAB', 'A=', 'A A', 'ä', '+/']) assert.equal(fromBase64Url(text), undefined, text);
  for (const text of ['a', 'AB', 'zz']) assert.equal(fromHex(text), undefined, text);
});

test('T3: signatures hold for their message and key alone, and garbage is refused without throwing', () => {
  const [a, b] = [createKeyPair(), createKeyPair()];
  const message = Uint8Array.of(1, 2, 3);
  const signature = sign(message, a);
  assert.ok(verify(signature, message, a.publicKey));
  assert.ok(!verify(signature, message, b.publicKey));
  assert.ok(!verify(signature, Uint8Array.of(1, 2, 4), a.publicKey));
  for (const bad of [new Uint8Array(64), new Uint8Array(63), new Uint8Array(0)])
    assert.ok(!verify(bad, message, a.publicKey));
  for (const key of [
    new Uint8Array(32),
    new Uint8Array(31),
    new Uint8Array(32).fill(255),
    Uint8Array.of(1, ...new Uint8Array(31)),
  ]) {
    assert.ok(!verify(signature, message, key));
    assert.ok(!verify(new Uint8Array(64), message, key));
  }
  assert.deepEqual(keyFromText(keyText(a.publicKey)), a.publicKey);
  assert.equal(keyFromText('abc'), undefined);
});

test('the id at the signaling endpoint fits peerjs’s rules and does not show the room id', () => {
  for (let i = 0; i < 20; i++) {
    const roomId = roomIdOf(createKeyPair().publicKey);
    const id = rendezvousIdOf(roomId);
    assert.match(id, /^[A-Za-z0-9]+$/);
    assert.ok(!id.includes(roomId));
  }
});

test('a signaling address is one line of text, and a bad one is told', () => {
  assert.deepEqual(parseSignalingAddress('wss://a.example/signal'), {
    host: 'a.example',
    port: 443,
    path: '/signal/',
    secure: true,
    key: 'peerjs',
  });
  assert.deepEqual(parseSignalingAddress(' http://[::1]:9000/?key=k '), {
    host: '[::1]',
    port: 9000,
    path: '/',
    secure: false,
    key: 'k',
  });
  for (const bad of ['', 'a.example', 'ftp://a/', 'wss://', 'javascript:alert(1)', 'ws://a:99999/']) {
    assert.throws(() => parseSignalingAddress(bad), hasCode('signaling-address'), bad);
  }
  assert.equal(portalSignalingAddress('http://x.test:8787/#nexus=1'), 'ws://x.test:8787/signal');
  assert.equal(portalSignalingAddress('https://x.test/nexus/index.html?a=1'), 'wss://x.test/nexus/signal');
});

test('T2: a description has one strong fingerprint or is refused', () => {
  const line = (hash: string, value: string) => `a=fingerprint:${hash} ${value}\r\n`;
  assert.equal(fingerprintOf(`v=0\r\n${line('sha-256', 'ab:CD')}m=x\r\n${line('SHA-256', 'AB:cd')}`), 'SHA-256 AB:CD');
  for (const sdp of [
    '',
    'v=0',
    line('sha-1', 'AB'),
    line('sha-256', 'AB') + line('sha-256', 'AC'),
    line('sha-256', 'AB') + line('sha-1', 'AB'),
  ]) {
    assert.throws(() => fingerprintOf(sdp), hasCode('handshake-proof'));
  }
});
