import assert from 'node:assert/strict';
import { it } from 'node:test';
import { packDefinitions } from '../../src/app/definitions.ts';
import { roomAssets } from '../../src/app/room-assets.ts';
import { VIEWER } from '../../src/core/permissions.ts';
import { EDITOR, TestRoom } from '../support/sync-room.ts';

it('T4: files of the room go to those who are in, and to nobody who waits at the door or has left', async () => {
  const room = new TestRoom();
  const definitions = await packDefinitions('{"EmptyImage":{}}');
  const others = async (hash: string) => new TextEncoder().encode(hash);
  const eve = await room.knock(
    'Eve',
    EDITOR,
    room.invites.create({ role: 'edit', lifetimeMs: null, maxUses: null, approval: true }) ?? '',
  );
  const ben = await room.join('Ben', VIEWER);
  const [atEve, atBen] = [eve, ben].map(({ link }) => roomAssets(room.room, link!.host, definitions, others));
  for (const hash of [definitions.ref.hash, 'f'.repeat(64)]) {
    await assert.rejects(atEve!(hash), { code: 'asset-refused' });
    assert.ok(await atBen!(hash));
  }
  assert.deepEqual(await atBen!(definitions.ref.hash), definitions.bytes);
  ben.session.leave();
  await room.settle();
  await assert.rejects(atBen!(definitions.ref.hash), { code: 'asset-refused' });
});
