/** Field by field what ComfyUI 0.3.64 said for the same prompts; ids, times and the letters of temporary names are left out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { newImage } from '../../src/backend/tensor.ts';
import { type TestBackend, testBackend } from './support.ts';

interface Recorded {
  readonly prompt: unknown;
  readonly status: number;
  readonly body: unknown;
  readonly events?: readonly [string, unknown][];
  readonly history?: unknown;
}

const RUNS = JSON.parse(readFileSync(new URL('../fixtures/comfyui-runs.json', import.meta.url), 'utf8')) as Record<
  string,
  Recorded
>;

/** As the fixture writes it. */
function plain(value: unknown, promptId: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => plain(entry, promptId));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([name]) => name !== 'timestamp');
    return Object.fromEntries(entries.map(([name, entry]) => [name, plain(entry, promptId)]));
  }
  if (typeof value !== 'string') return value;
  return value === promptId ? '<prompt>' : value.replace(/^ComfyUI_temp_[a-z]{5}_/, 'ComfyUI_temp_<run>_');
}

async function run(name: string, backend: TestBackend): Promise<void> {
  const { prompt, status, body, events = [], history } = RUNS[name]!;
  const before = backend.events.length;
  const extra_data = { extra_pnginfo: { workflow: {} } };
  const answer = await backend.send('POST', 'prompt', { prompt, client_id: 'recorder', extra_data });
  const { number: _, ...said } = answer.body as Record<string, unknown>;
  const id = String(said.prompt_id);
  assert.equal(answer.status, status);
  assert.deepEqual(plain(said, id), body);
  if (status === 200) await backend.finished(id);
  assert.deepEqual(
    backend.events.slice(before).map(({ type, data }) => [type, plain(data, id)]),
    events,
  );
  if (!history) return;
  const { [id]: entry } = (await backend.send('GET', `history/${id}`)).body as Record<string, { prompt: unknown[] }>;
  assert.ok(entry);
  const [, ...rest] = entry.prompt;
  assert.deepEqual(plain({ ...entry, prompt: ['<number>', ...rest] }, id), history);
}

describe('the built-in runner says what ComfyUI says', () => {
  it('when a prompt succeeds, and when all of it is cached', async () => {
    const backend = testBackend();
    await run('success', backend);
    await run('cached', backend);
  });

  it('when one node takes from three', () => run('execution_error2', testBackend()));

  it('when a run is interrupted', async () => {
    const backend = testBackend({
      functions: {
        EmptyImage: async () => {
          await backend.send('POST', 'interrupt', {});
          return { outputs: [newImage(1, 1, 1)] };
        },
      },
    });
    await run('interrupted', backend);
  });

  for (const [name, { status }] of Object.entries(RUNS)) {
    if (status === 400) it(`when a prompt is invalid: ${name}`, () => run(name, testBackend()));
  }
});
