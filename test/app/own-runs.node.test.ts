import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOf, OwnRuns } from '../../src/app/own-runs.ts';
import { RunProgress } from '../../src/app/run-progress.ts';
import type { RunEntry } from '../../src/protocol/run-messages.ts';

const entry = (id: string, peer: number): RunEntry => ({ id, peer, name: 'x', color: 0, state: 'waiting' });

describe('a guest whose link to the host is lost', () => {
  it('asks after their own runs that are no longer in the queue, once', () => {
    const own = new OwnRuns();
    own.away([entry('mine', 1), entry('still', 1), entry('another’s', 2)], 1);
    // A second loss before the host has answered forgets nothing.
    own.away([], 1);
    assert.deepEqual(own.back([entry('still', 1)]), ['mine']);
    assert.deepEqual(own.back([]), []);
  });

  it('hears of a run that failed or is gone, not of one that was done or cancelled', () => {
    assert.deepEqual(endOf({ status: 'failed', execution_error: { exception_message: 'Reloaded.' } }), {
      reason: 'Reloaded.',
    });
    assert.deepEqual(endOf(null), { reason: '' });
    for (const status of ['completed', 'cancelled', 'in_progress']) assert.equal(endOf({ status }), null);
  });

  it('sees nothing running any more; of a run that ended before, the frontend is told nothing', () => {
    const progress = new RunProgress(
      () => 0,
      () => {},
    );
    assert.equal(progress.lost(), null);
    progress.saw('execution_start', { prompt_id: 'p' });
    progress.saw('executing', { prompt_id: 'p', node: '3' });
    assert.deepEqual(progress.running, { node: '3' });
    assert.deepEqual(progress.lost(), { prompt_id: 'p', node_id: '', node_type: '', executed: [] });
    assert.equal(progress.running, null);
    assert.equal(progress.lost(), null);
    progress.saw('execution_start', { prompt_id: 'q' });
    progress.saw('execution_success', { prompt_id: 'q' });
    progress.saw('executed', { prompt_id: 'q', node: '3' });
    assert.equal(progress.lost(), null);
  });
});
