import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryStore, type Store } from '../../src/backend/store.ts';
import { safePath } from '../../src/backend/userdata.ts';
import { testBackend } from './support.ts';

describe('start-up routes of the embedded backend', () => {
  const backend = testBackend();
  for (const [route, status] of [
    ['features', 200],
    ['users', 200],
    ['system_stats', 200],
    ['settings', 200],
    ['extensions', 200],
    ['i18n', 200],
    ['object_info', 200],
    ['embeddings', 200],
    ['experiment/models', 200],
    ['experiment/models/checkpoints', 200],
    ['global_subgraphs', 200],
    ['prompt', 200],
    ['queue', 200],
    ['history', 200],
    ['jobs?status=pending', 200],
    ['internal/folder_paths', 200],
    ['internal/logs', 200],
    ['user.css', 200],
    ['userdata?dir=workflows&recurse=true&split=false&full_info=true', 404],
    ['userdata/comfy.templates.json', 404],
    ['docs/KSampler/en.md', 404],
    ['no/such/route', 404],
  ] as const) {
    it(`GET ${route} answers ${status}`, async () => assert.equal((await backend.send('GET', route)).status, status));
  }

  it('the only extension is ours', async () => {
    assert.deepEqual((await backend.send('GET', 'extensions')).body, ['/extensions/nexus-mesh/nexus-mesh.js']);
  });

  it('one type’s description is what the whole list says of it', async () => {
    const all = (await backend.send('GET', 'object_info')).body as Record<string, unknown>;
    assert.deepEqual((await backend.send('GET', 'object_info/KSampler')).body, { KSampler: all.KSampler });
    assert.deepEqual((await backend.send('GET', 'object_info/toString')).body, {});
  });
});

describe('settings', () => {
  it('begin with the portal’s defaults and keep what is set, one by one or many at once', async () => {
    const kept = memoryStore();
    const store = async (): Promise<Store> => kept;
    const backend = testBackend({ store });
    const first = (await backend.send('GET', 'settings')).body as Record<string, unknown>;
    assert.equal(first['Comfy.TutorialCompleted'], true);
    await backend.send('POST', 'settings/Comfy.ColorPalette', '"light"');
    await backend.send('POST', 'settings', { 'A.B': 1, 'C.D': { deep: true } });
    const again = (await testBackend({ store }).send('GET', 'settings')).body as Record<string, unknown>;
    assert.equal(again['Comfy.ColorPalette'], 'light');
    assert.deepEqual([again['A.B'], again['C.D']], [1, { deep: true }]);
    assert.equal((await backend.send('GET', 'settings/A.B')).body, 1);
  });
});

describe('userdata', () => {
  it('is written, listed, read, moved and deleted as at a ComfyUI', async () => {
    const backend = testBackend();
    const saved = await backend.send(
      'POST',
      'userdata/workflows%2Fa%20b.json?overwrite=false&full_info=true',
      '{"x":1}',
    );
    assert.deepEqual(saved.body, {
      path: 'workflows/a b.json',
      size: 7,
      modified: 1_700_000_000_000,
      created: 1_700_000_000_000,
    });
    assert.equal((await backend.send('POST', 'userdata/workflows%2Fa%20b.json?overwrite=false', '{}')).status, 409);
    const list = await backend.send('GET', 'userdata?dir=workflows&recurse=true&split=false&full_info=true');
    assert.equal((list.body as { path: string }[])[0]?.path, 'a b.json');
    const moved = await backend.send('POST', 'userdata/workflows%2Fa%20b.json/move/workflows%2Fsub%2Fc.json');
    assert.equal(moved.body, 'workflows/sub/c.json');
    assert.deepEqual((await backend.send('GET', 'userdata?dir=workflows&recurse=true')).body, ['sub/c.json']);
    assert.equal((await backend.send('GET', 'userdata?dir=workflows')).status, 200);
    assert.deepEqual((await backend.send('GET', 'userdata?dir=workflows&recurse=true&split=true')).body, [
      ['sub/c.json', 'sub', 'c.json'],
    ]);
    assert.deepEqual((await backend.send('GET', 'userdata/workflows%2Fsub%2Fc.json')).body, { x: 1 });
    assert.equal((await backend.send('DELETE', 'userdata/workflows%2Fsub%2Fc.json')).status, 204);
    assert.equal((await backend.send('DELETE', 'userdata/workflows%2Fsub%2Fc.json')).status, 404);
  });

  it('paths that leave the person’s files are no paths', () => {
    for (const path of ['', '..', '../x', 'a/../b', '/a', 'a//b', 'a\\b', 'a/.', 'a\0', 'x'.repeat(600)]) {
      assert.equal(safePath(path), null, JSON.stringify(path));
    }
    assert.equal(safePath('workflows/a..b.json'), 'workflows/a..b.json');
  });
});

describe('storage that fails', () => {
  const full: Store = {
    ...memoryStore(),
    put: async () => {
      throw new DOMException('no room', 'QuotaExceededError');
    },
  };

  it('tells the person once, and goes on in memory', async () => {
    const backend = testBackend({ store: async () => full });
    await backend.send('POST', 'userdata/workflows%2Fa.json', '{}');
    await backend.send('POST', 'userdata/workflows%2Fb.json', '{}');
    assert.equal(backend.notices.length, 1);
    assert.match(backend.notices[0]!.text, /storage of this browser is full/);
    assert.deepEqual((await backend.send('GET', 'userdata?dir=workflows')).body, ['a.json', 'b.json']);
    assert.equal((await backend.send('DELETE', 'userdata/workflows%2Fa.json')).status, 204);
    assert.equal((await backend.send('GET', 'userdata/workflows%2Fa.json')).status, 404);
  });

  it('works without any storage', async () => {
    const backend = testBackend({ store: () => Promise.reject(new Error('blocked')) });
    await backend.send('POST', 'settings/A', '1');
    assert.equal((await backend.send('GET', 'settings/A')).body, 1);
    assert.equal(backend.notices.length, 1);
  });
});

describe('pictures', () => {
  const picture = (name: string, bytes: number[], more: Record<string, string> = {}): FormData => {
    const form = new FormData();
    form.set('image', new File([new Uint8Array(bytes)], name));
    for (const [key, value] of Object.entries(more)) form.set(key, value);
    return form;
  };

  it('an upload can be chosen in Load Image and viewed; equal bytes are one file, others a new one', async () => {
    const backend = testBackend();
    const first = await backend.send('POST', 'upload/image', picture('a.png', [1, 2]));
    assert.deepEqual(first.body, { name: 'a.png', subfolder: '', type: 'input' });
    assert.equal(
      ((await backend.send('POST', 'upload/image', picture('a.png', [1, 2]))).body as { name: string }).name,
      'a.png',
    );
    assert.equal(
      ((await backend.send('POST', 'upload/image', picture('a.png', [3]))).body as { name: string }).name,
      'a (1).png',
    );
    const info = (await backend.send('GET', 'object_info/LoadImage')).body as {
      LoadImage: { input: { required: { image: unknown[] } } };
    };
    assert.deepEqual(info.LoadImage.input.required.image[0], ['a (1).png', 'a.png']);
    assert.equal((await backend.send('GET', 'view?filename=a.png&type=input')).status, 200);
    assert.equal((await backend.send('GET', 'view?filename=b.png&type=input')).status, 404);
    assert.equal((await backend.send('GET', 'view?filename=..%2Fa.png&type=input')).status, 400);
  });

  it('what is no picture is not taken, and says what is', async () => {
    const answer = await testBackend().send('POST', 'upload/image', picture('run.exe', [1]));
    assert.equal(answer.status, 415);
    assert.match(JSON.stringify(answer.body), /Known are PNG/);
  });

  it('saved pictures are numbered on from what is there, folders and placeholders kept', async () => {
    const backend = testBackend();
    const prompt = (color: number) => ({
      1: { class_type: 'EmptyImage', inputs: { width: 4, height: 2, batch_size: 1, color } },
      2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'set/%width%x%height%' } },
    });
    const names: unknown[] = [];
    for (const color of [1, 2]) {
      const { body } = await backend.send('POST', 'prompt', { prompt: prompt(color) });
      await backend.finished((body as { prompt_id: string }).prompt_id);
      names.push(backend.events.filter((event) => event.type === 'executed').at(-1)?.data.output);
    }
    assert.deepEqual(names, [
      { images: [{ filename: '4x2_00001_.png', subfolder: 'set', type: 'output' }] },
      { images: [{ filename: '4x2_00002_.png', subfolder: 'set', type: 'output' }] },
    ]);
    assert.equal((await backend.send('GET', 'view?filename=4x2_00001_.png&subfolder=set&type=output')).status, 200);
  });

  it('a prefix that leaves the output folder fails the node, by name', async () => {
    const backend = testBackend();
    const { body } = await backend.send('POST', 'prompt', {
      prompt: {
        1: { class_type: 'EmptyImage', inputs: { width: 4, height: 2, batch_size: 1, color: 0 } },
        2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: '../up' } },
      },
    });
    await backend.finished((body as { prompt_id: string }).prompt_id);
    const told = backend.events.find((event) => event.type === 'execution_error')?.data;
    assert.match(String(told?.exception_message), /outside the output folder/);
  });
});

describe('templates', () => {
  it('the portal’s own are listed, in any language, and each one is there with its thumbnail', async () => {
    const backend = testBackend();
    for (const file of ['index.json', 'index.zh.json']) {
      const [group] = (await backend.send('GET', `templates/${file}`)).body as { templates: { name: string }[] }[];
      assert.ok(group && group.templates.length >= 3);
      for (const { name } of group.templates) {
        assert.equal((await backend.send('GET', `templates/${name}.json`)).status, 200);
        assert.equal((await backend.send('GET', `templates/${name}-1.svg`)).status, 200);
      }
    }
    assert.equal((await backend.send('GET', 'templates/absent.json')).status, 404);
  });
});
