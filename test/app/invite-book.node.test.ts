import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InviteBook, MAX_WORKING_INVITES } from '../../src/app/invite-book.ts';

const TERMS = { role: 'edit', lifetimeMs: 3_600_000, maxUses: 2, approval: false } as const;

function book(): { book: InviteBook; told: (string | undefined)[]; clock: { now: number } } {
  const clock = { now: 1_790_000_000_000 };
  const made = new InviteBook([], () => clock.now);
  const told: (string | undefined)[] = [];
  made.onChange = (revoked) => told.push(revoked);
  return { book: made, told, clock };
}

describe('the invites of a room', () => {
  it('are read back as they were stored, also from before there was any that asks', () => {
    const { book: made } = book();
    made.create({ ...TERMS, approval: true });
    assert.deepEqual(new InviteBook(made.all, () => 0).all, made.all);
    const [{ approval: _, ...old }] = made.all as [(typeof made.all)[number]];
    const [read] = new InviteBook([{ ...old, role: 'what?' }], () => 0).all;
    assert.deepEqual([read?.approval, read?.role], [false, 'view']);
  });

  it('one always works: after the last was taken back, has expired or is used up', () => {
    const { book: made, clock } = book();
    const ids = new Set([made.working[0]?.id]);
    made.revoke([...ids][0] ?? '');
    ids.add(made.working[0]?.id);
    const id = made.create(TERMS) ?? '';
    for (const each of made.working) if (each.id !== id) made.revoke(each.id);
    assert.deepEqual([made.use(id), made.use(id), made.use(id)], [true, true, false]);
    ids.add(id).add(made.working[0]?.id);
    clock.now += 366 * 86_400_000;
    ids.add(made.working[0]?.id);
    assert.equal(ids.size, 5);
    assert.equal(made.find(id)?.uses, 2);
  });

  it('changing one starts its lifetime anew, so that it is what was chosen', () => {
    const { book: made, clock } = book();
    const id = made.create(TERMS) ?? '';
    clock.now += 1_800_000;
    made.change(id, { ...TERMS, role: 'view' });
    const changed = made.find(id);
    assert.equal((changed?.expiresAt ?? 0) - (changed?.createdAt ?? 0), TERMS.lifetimeMs);
    assert.equal(changed?.expiresAt, clock.now + TERMS.lifetimeMs);
  });

  it('are bounded, and of the dead the oldest are forgotten', () => {
    const { book: made } = book();
    for (let count = 0; count < 300; count++) {
      const id = made.create(TERMS);
      if (id) made.revoke(id);
    }
    assert.ok(made.all.length <= 200);
    for (let count = 0; count < MAX_WORKING_INVITES + 5; count++) made.create(TERMS);
    assert.equal(made.working.length, MAX_WORKING_INVITES);
    assert.equal(made.create(TERMS), null);
  });

  it('tell what became of them: used, changed, taken back by its id, once', () => {
    const { book: made, told } = book();
    const id = made.create(TERMS) ?? '';
    told.length = 0;
    made.use(id);
    made.revoke(id);
    made.revoke(id);
    assert.deepEqual([made.use(id), made.change(id, TERMS)], [false, null]);
    assert.deepEqual(told.slice(0, 2), [undefined, id]);
    assert.ok(!told.slice(2).includes(id));
  });
});
