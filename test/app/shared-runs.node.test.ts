import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComfyApi } from '../../src/app/host-backend.ts';
import { SharedRuns } from '../../src/app/shared-runs.ts';

/** A frontend's API whose prompts are answered when the test says so. */
function start() {
  const answers: ((id: string) => void)[] = [];
  const api = {
    socket: null,
    fetchApi: () => Promise.reject(new Error('not here')),
    queuePrompt: () =>
      new Promise((resolve) => {
        answers.push((prompt_id) => resolve({ prompt_id }));
      }),
    addEventListener: () => {},
    removeEventListener: () => {},
  } as unknown as ComfyApi & { queuePrompt: () => Promise<unknown> };
  const told: string[] = [];
  const shown = { isShared: true };
  const original = api.queuePrompt;
  const runs = new SharedRuns(
    api,
    () => shown.isShared,
    (type, data) => told.push(`${type} ${data.prompt_id ?? ''}`.trim()),
  );
  const answer = async (run: Promise<unknown>, id: string): Promise<void> => {
    answers.shift()?.(id);
    await run;
  };
  return { api, runs, told, shown, answer, original };
}

describe('the host’s runs', () => {
  it('of the shared workflow are told, also what came before ComfyUI had answered with their id, in order', async () => {
    const { api, runs, told, answer } = start();
    const run = api.queuePrompt();
    runs.saw('execution_start', { prompt_id: 'a' });
    runs.saw('executing', { prompt_id: 'a', node: '1' });
    assert.deepEqual(told, []);
    await answer(run, 'a');
    runs.saw('executed', { prompt_id: 'a' });
    assert.deepEqual(told, ['execution_start a', 'executing a', 'executed a']);
  });

  it('of another tab’s workflow are nobody else’s, nor are their previews', async () => {
    const { api, runs, told, shown, answer } = start();
    shown.isShared = false;
    const run = api.queuePrompt();
    runs.saw('execution_start', { prompt_id: 'mine' });
    await answer(run, 'mine');
    shown.isShared = true;
    runs.saw('executed', { prompt_id: 'mine' });
    assert.equal(runs.isSharedRunning, false);
    runs.saw('progress', {});
    assert.deepEqual(told, []);
    runs.saw('status', {});
    assert.deepEqual(told, ['status']);
  });

  it('that nobody here has handed in are told to nobody', () => {
    const { runs, told } = start();
    runs.saw('executed', { prompt_id: 'of another page' });
    assert.deepEqual(told, []);
  });

  it('and a guest’s, which is known before it is handed in', () => {
    const { runs, told } = start();
    runs.expect('guest');
    runs.saw('execution_start', { prompt_id: 'guest' });
    assert.equal(runs.isSharedRunning, true);
    runs.saw('execution_success', { prompt_id: 'guest' });
    assert.equal(runs.isSharedRunning, false);
    assert.deepEqual(told, ['execution_start guest', 'execution_success guest']);
  });

  it('go their own way again when the session is over', () => {
    const { api, runs, original } = start();
    assert.notEqual(api.queuePrompt, original);
    runs.close();
    assert.equal(api.queuePrompt, original);
  });
});
