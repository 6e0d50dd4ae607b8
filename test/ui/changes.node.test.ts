import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changesToSay, ownRights } from '../../src/ui/changes.ts';
import type { MeshState } from '../../src/ui/model.ts';
import { hosting, idle, person } from './fake-model.ts';

const otter = person({ id: 'o', name: 'Otter' });
const lynx = person({ id: 'l', name: 'Lynx' });
const base: MeshState = { ...idle, phase: hosting(), people: [otter], grantable: ['editor'] };
const guest = (editor: boolean, queue: boolean): MeshState => ({
  ...idle,
  phase: {
    kind: 'guest',
    workflow: 'shown',
    hostName: 'Heron',
    roomName: 'Room',
    connection: 'live',
    rights: { editor, queue },
    unconfirmed: 0,
    asked: false,
  },
});

describe('what is announced', () => {
  it('who came and who left', () => {
    assert.deepEqual(changesToSay(base, { ...base, people: [otter, lynx] }), ['Lynx joined']);
    assert.deepEqual(changesToSay(base, { ...base, people: [] }), ['Otter left']);
    assert.deepEqual(changesToSay(base, { ...base, people: [{ ...otter, pingMs: 5 }] }), []);
  });

  it('the start of a session, not each person in it', () => {
    assert.deepEqual(changesToSay({ ...idle, phase: { kind: 'starting' } }, base), ['Session started']);
    assert.deepEqual(changesToSay(idle, { ...guest(false, false), people: [otter, lynx] }), []);
  });

  it('rights that I got or lost', () => {
    assert.deepEqual(changesToSay(guest(false, false), guest(true, false)), ['You may edit now']);
    assert.deepEqual(changesToSay(guest(true, true), guest(false, false)), [
      'You are viewing only now',
      'You may no longer queue prompts',
    ]);
  });

  it('becoming an admin, and being none any more, once each', () => {
    const member = { ...guest(false, false), people: [{ ...otter, you: true }] };
    const admin = { ...member, people: [{ ...otter, you: true, role: 'admin' as const }] };
    assert.deepEqual(ownRights(member, admin), [{ gained: true, text: 'You are an admin now' }]);
    assert.deepEqual(ownRights(admin, admin), []);
    assert.deepEqual(ownRights(admin, member), [{ gained: false, text: 'You are no admin any more' }]);
    assert.deepEqual(ownRights({ ...idle, people: [] }, admin), [], 'joining is no news');
  });

  it('who asks, once, and only to those who can answer', () => {
    const asking = { ...base, people: [{ ...otter, asks: 'editor' as const }] };
    assert.deepEqual(changesToSay(base, asking), ['Otter asks to edit']);
    assert.deepEqual(changesToSay(asking, asking), []);
    assert.deepEqual(changesToSay(base, { ...asking, grantable: [] }), []);
  });
});
