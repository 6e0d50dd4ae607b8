import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BannerKind, cameBack, canDismiss, chooseBanner, keepDismissed } from '../../src/ui/banner-choice.ts';
import type { GuestPhase, MeshState, Phase } from '../../src/ui/model.ts';
import { hosting, idle } from './fake-model.ts';

const guest = (patch: Partial<GuestPhase> = {}): GuestPhase => ({
  kind: 'guest',
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
});
