import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeshError } from '../../src/protocol/errors.ts';
import { decodeInviteLink, encodeInviteLink } from '../../src/transport/invite.ts';
import { packDescription, unpackDescription } from '../../src/transport/packed-description.ts';

const PRINT = Array.from({ length: 32 }, (_, index) => (index * 7).toString(16).padStart(2, '0').toUpperCase()).join(
  ':',
);
const CANDIDATES = [
  'a=candidate:1 1 udp 2113937151 5f0c9b0e-37a1-4d9f-8f3c-0d1b8a2c7e55.local 50001 typ host generation 0 network-cost 999',
  'a=candidate:2 1 udp 2122262783 2001:db8::8a2e:370:7334 50002 typ host',
  'a=candidate:3 1 udp 2122260223 192.168.1.23 50003 typ host',
  'a=candidate:4 1 tcp 1518280447 192.168.1.23 9 typ host tcptype active',
  'a=candidate:5 1 udp 1686052607 203.0.113.9 40000 typ srflx raddr 192.168.1.23 rport 50003',
];
const sdp = (lines: readonly string[] = CANDIDATES): string =>
  [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ...lines,
    'a=ice-ufrag:4ZcD',
    'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlab',
    `a=fingerprint:sha-256 ${PRINT}`,
    'a=setup:actpass',
    'a=mid:0',
    '',
  ].join('\r\n');

test('a description keeps its certificate, credentials and ways, in about a hundred bytes', () => {
  const packed = packDescription(sdp());
  assert.ok(packed.length < 150, `${packed.length} bytes`);
  const again = unpackDescription(packed);
  for (const line of [
    'a=ice-ufrag:4ZcD',
    'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlab',
    `a=fingerprint:sha-256 ${PRINT}`,
    'a=setup:actpass',
  ])
    assert.ok(again.includes(line), line);
  const ways = [...again.matchAll(/^a=candidate:\d+ 1 udp (\d+) (\S+) (\d+) typ (\w+)/gm)].map(([, , ...way]) => way);
  assert.deepEqual(ways, [
    ['5f0c9b0e-37a1-4d9f-8f3c-0d1b8a2c7e55.local', '50001', 'host'],
    ['2001:0db8:0000:0000:0000:8a2e:0370:7334', '50002', 'host'],
    ['192.168.1.23', '50003', 'host'],
    ['203.0.113.9', '40000', 'srflx'],
  ]);
  assert.deepEqual(packDescription(again), packed);
});

test('T4: what is cut short, too long, or holds other letters is no description', () => {
  const packed = packDescription(sdp());
  for (let length = 0; length < packed.length; length++) {
    assert.throws(() => unpackDescription(packed.slice(0, length)), MeshError);
  }
  assert.throws(() => unpackDescription(Uint8Array.of(...packed, 0)), MeshError);
  const spoiled = packed.slice();
  spoiled[2] = 10;
  assert.throws(() => unpackDescription(spoiled), MeshError);
  assert.throws(() => packDescription('v=0\r\n'), MeshError);
});

test('many ways are cut to a dozen', () => {
  const many = Array.from({ length: 40 }, (_, index) => `a=candidate:${index} 1 udp 1 10.0.0.${index} 5000 typ host`);
  assert.equal([...unpackDescription(packDescription(sdp(many))).matchAll(/^a=candidate/gm)].length, 12);
});

test('T1: a link with an offer is read as one, and a mistyped one is told', () => {
  const link = {
    roomId: 'AAAAAAAAAAAAAAAAAAAAAA',
    inviteId: 'AAAAAAAA',
    secret: new Uint8Array(16).fill(3),
    offer: { id: Uint8Array.of(1, 2, 3, 4), packed: packDescription(sdp()) },
  };
  const text = encodeInviteLink('http://portal.test/', link);
  assert.deepEqual(decodeInviteLink(text), link);
  assert.throws(() => decodeInviteLink(text.slice(0, -2)), MeshError);
});
