import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TabStorage } from '../../src/backend/job-log.ts';
import { memoryStore, type Store } from '../../src/backend/store.ts';
import { testBackend } from './support.ts';

const PROMPT = {
  1: { class_type: 'EmptyImage', inputs: { width: 4, height: 4, batch_size: 1, color: 0 } },
  2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'a' } },
  3: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
};

function tab(): TabStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** A store that outlives the page. */
function disk(): () => Promise<Store> {
  const store = { ...memoryStore(), close() {} };
  return async () => store;
}

interface Job {
  readonly id: string;
  readonly status: string;
  readonly outputs_count: number;
  readonly execution_error: { exception_message: string } | null;
  readonly priority: number;
}

async function jobsOf(backend: ReturnType<typeof testBackend>): Promise<Job[]> {
  return ((await backend.send('GET', 'jobs')).body as { jobs: Job[] }).jobs;
}

async function run(backend: ReturnType<typeof testBackend>): Promise<string> {
  const { body } = await backend.send('POST', 'prompt', { prompt: PROMPT });
  const { prompt_id } = body as { prompt_id: string };
  await backend.finished(prompt_id);
  return prompt_id;
}

describe('after a reload', () => {
  it('the history is there, with saved pictures and without previews, which are gone; new jobs come after', async () => {
    const store = disk();
    const before = testBackend({ store });
    const first = await run(before);
    // What was written is on the disk when the next question is answered.
    await before.send('GET', 'jobs');
    before.provider.close();
    const backend = testBackend({ store });
    const [job] = await jobsOf(backend);
    assert.deepEqual([job?.id, job?.status, job?.outputs_count], [first, 'completed', 1]);
    const second = await run(backend);
    const jobs = await jobsOf(backend);
    assert.deepEqual(
      jobs.map(({ id }) => id),
      [second, first],
    );
    assert.ok((jobs[0]?.priority ?? 0) > (jobs[1]?.priority ?? 0));
  });

  it('what ran and what waited has failed, and says why; the person is told once', async () => {
    const [store, own] = [disk(), tab()];
    const before = testBackend({ store, tab: own, functions: { EmptyImage: () => new Promise(() => {}) } });
    for (let count = 0; count < 2; count++) await before.send('POST', 'prompt', { prompt: PROMPT });
    before.provider.close();
    for (const told of [1, 0]) {
      const backend = testBackend({ store, tab: own });
      const jobs = await jobsOf(backend);
      assert.deepEqual(
        jobs.map(({ status }) => status),
        ['failed', 'failed'],
      );
      const why = jobs.map(({ execution_error }) => execution_error?.exception_message ?? '').sort();
      assert.match(why[0] ?? '', /while this one ran/);
      assert.match(why[1] ?? '', /while this one waited/);
      assert.equal(backend.notices.length, told);
    }
  });

  it('another tab takes no running job for a lost one', async () => {
    const store = disk();
    const one = testBackend({ store, tab: tab(), functions: { EmptyImage: () => new Promise(() => {}) } });
    await one.send('POST', 'prompt', { prompt: PROMPT });
    assert.deepEqual(await jobsOf(testBackend({ store, tab: tab() })), []);
  });

  it('what was deleted stays deleted', async () => {
    const store = disk();
    const before = testBackend({ store });
    const id = await run(before);
    await before.send('POST', 'history', { delete: [id] });
    assert.deepEqual(await jobsOf(before), []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await jobsOf(testBackend({ store })), []);
  });
});
