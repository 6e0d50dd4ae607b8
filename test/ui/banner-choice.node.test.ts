import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BannerKind, cameBack, canDismiss, chooseBanner, keepDismissed } from '../../src/ui/banner-choice.ts';
import { bannerWords } from '../../src/ui/banner-words.ts';
import type { GuestPhase, MeshState, Phase } from '../../src/ui/model.ts';
import { hosting, idle, person } from './fake-model.ts';

const guest = (patch: Partial<GuestPhase> = {}): GuestPhase => ({
  kind: 'guest',
  workflow: 'shown',
  hostName: 'Heron',
  roomName: 'Room',
  connection: 'live',
  rights: { editor: false, queue: false },
  unconfirmed: 0,
  asked: false,
  ...patch,
});
const state = (phase: Phase): MeshState => ({ ...idle, phase });
const nothing = { dismissed: new Set<BannerKind>(), justReconnected: false };

describe('which banner', () => {
  it('a guest who may not edit is told so; an editor and a host are left alone', () => {
    assert.equal(chooseBanner(state(guest()), nothing), 'viewing');
    assert.equal(chooseBanner(state(guest({ rights: { editor: true, queue: false } })), nothing), null);
    assert.equal(chooseBanner(state(hosting()), nothing), null);
    assert.equal(chooseBanner(idle, nothing), null);
  });

  it('another workflow on show is told to everyone, before rights that mean nothing there', () => {
    assert.equal(chooseBanner(state(guest({ workflow: 'elsewhere' })), nothing), 'other-workflow');
    assert.equal(chooseBanner(state(hosting({ workflow: 'closed' })), nothing), 'other-workflow');
    const closed = { ...nothing, dismissed: new Set<BannerKind>(['other-workflow']) };
    assert.equal(chooseBanner(state(guest({ workflow: 'elsewhere' })), closed), null);
  });

  it('trouble comes before rights, and cannot be waved away', () => {
    assert.equal(chooseBanner(state(guest({ connection: 'host-away' })), nothing), 'host-away');
    assert.equal(chooseBanner(state(guest({ connection: 'reconnecting' })), nothing), 'reconnecting');
    assert.equal(canDismiss('host-away'), false);
    assert.equal(canDismiss('reconnecting'), false);
  });

  it('a host without storage is warned', () => {
    assert.equal(chooseBanner(state(hosting({ saved: 'memory-only' })), nothing), 'memory-only');
  });

  it('coming back is said once, then the rights again', () => {
    assert.equal(chooseBanner(state(guest()), { ...nothing, justReconnected: true }), 'reconnected');
    assert.equal(cameBack('host-away', 'live'), true);
    assert.equal(cameBack('live', 'live'), false);
    assert.equal(cameBack(null, 'live'), false);
    assert.equal(cameBack('reconnecting', null), false);
  });

  it('what was closed stays closed while its cause lasts, and comes back with the next', () => {
    const closed = { dismissed: new Set<BannerKind>(['viewing']), justReconnected: false };
    assert.equal(chooseBanner(state(guest()), closed), null);
    assert.deepEqual([...keepDismissed(state(guest()), closed)], ['viewing']);
    assert.deepEqual([...keepDismissed(state(guest({ rights: { editor: true, queue: false } })), closed)], []);
  });

  it('what waits for my answer comes before following, and that before what I may', () => {
    const heron = person({ id: 'h', name: 'Heron', you: true });
    const otter = person({ id: 'o', name: 'Otter', color: 1 });
    const arrival = { id: 'b', name: 'Badger', color: 4, role: 'view' as const, atMs: 0 };
    const host: MeshState = {
      ...state(hosting()),
      people: [heron, { ...otter, asks: 'editor', following: 'h' }],
      grantable: ['editor'],
      spectating: 'o',
      arrivals: [arrival],
    };
    assert.equal(chooseBanner(host, nothing), 'arrival');
    assert.equal(bannerWords('arrival', host).title, 'Badger is at the door');
    const { arrivals, ...nobodyWaits } = host;
    assert.equal(chooseBanner(nobodyWaits, nothing), 'asks');
    assert.equal(bannerWords('asks', host).text, 'to edit');
    assert.equal(chooseBanner({ ...nobodyWaits, grantable: [] }, nothing), 'following');
    assert.equal(bannerWords('following', host).title, 'Following Otter');
    assert.equal(chooseBanner({ ...nobodyWaits, grantable: [], spectating: null }, nothing), 'followed');
    assert.equal(bannerWords('followed', host).title, '1 person follows you');
    assert.equal(canDismiss('asks') || canDismiss('arrival') || canDismiss('following'), false);
    assert.equal(arrivals?.length, 1);
  });

  it('following somebody who has left is no banner', () => {
    assert.equal(chooseBanner({ ...state(hosting()), spectating: 'gone' }, nothing), null);
  });
});
