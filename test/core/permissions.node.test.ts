import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Action, HOST, may, mayChange, type Rights, refusal, VIEWER } from '../../src/core/permissions.ts';

const PEOPLE: Record<string, Rights> = {
  viewer: VIEWER,
  editor: { role: 'member', editor: true, queue: false },
  queue: { role: 'member', editor: false, queue: true },
  both: { role: 'member', editor: true, queue: true },
  admin: { role: 'admin', editor: false, queue: false },
  host: HOST,
};

const EVERYONE = ['viewer', 'editor', 'queue', 'both', 'admin', 'host'];
const IN_CHARGE = ['admin', 'host'];

/** The table of rights, as users are told it. */
const TABLE: Record<Action, readonly string[]> = {
  see: EVERYONE,
  chat: EVERYONE,
  point: EVERYONE,
  follow: EVERYONE,
  edit: ['editor', 'both', ...IN_CHARGE],
  queue: ['queue', 'both', ...IN_CHARGE],
  'cancel-own': ['queue', 'both', ...IN_CHARGE],
  'set-open-inputs': ['editor', 'queue', 'both', ...IN_CHARGE],
  'view-backups': ['editor', 'both', ...IN_CHARGE],
  'load-backup': IN_CHARGE,
  'manage-backups': IN_CHARGE,
  'set-rights': IN_CHARGE,
  kick: IN_CHARGE,
  ban: IN_CHARGE,
  'manage-invites': IN_CHARGE,
  'manage-locks': IN_CHARGE,
  'manage-accounts': IN_CHARGE,
  'cancel-any': IN_CHARGE,
};

describe('permissions', () => {
  for (const [action, allowed] of Object.entries(TABLE) as [Action, readonly string[]][]) {
    it(`"${action}" is for: ${allowed.join(', ')}`, () => {
      const found = EVERYONE.filter((name) => may(PEOPLE[name] as Rights, action));
      assert.deepEqual(found, allowed);
    });

    it(`"${action}" is refused with a code and a sentence`, () => {
      assert.equal(refusal(action).code, `no-${action}`);
      assert.match(refusal(action).reason, /^[A-Z].{10,}\.?$/);
    });
  }

  it('a viewer who edits is told what to do', () => {
    assert.equal(refusal('edit').reason, 'Viewing only. Ask to edit.');
  });

  it('nobody touches the host; only the host makes or touches admins', () => {
    const { viewer, editor, admin, host } = PEOPLE as Record<string, Rights> & Record<'viewer', Rights>;
    assert.ok(mayChange(host as Rights, admin as Rights));
    assert.ok(mayChange(host as Rights, viewer, admin));
    assert.ok(mayChange(admin as Rights, viewer, editor));
    assert.ok(!mayChange(admin as Rights, viewer, admin));
    assert.ok(!mayChange(admin as Rights, admin as Rights, viewer));
    assert.ok(!mayChange(admin as Rights, host as Rights, viewer));
    assert.ok(!mayChange(host as Rights, viewer, host));
    assert.ok(!mayChange(editor as Rights, viewer));
  });
});
