import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { MAX_PACKED_PROMPT_BYTES, MAX_PREVIEW_BYTES } from '../../src/protocol/run-messages.ts';
import { MAX_WAITING_PROMPTS, RUN_RATES } from '../../src/sync/run-desk.ts';
import { PREVIEW_FROM_BYTES } from '../../src/sync/run-views.ts';
import { promptBytes, RunRoom, settle } from '../support/run-room.ts';

const HASH = 'a'.repeat(64);
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const QUEUE = { queue: true } as const;
const PICTURE = { filename: 'a.png', subfolder: '', type: 'input' } as const;

describe('the desk takes runs', () => {
  it('from those who may, and answers in ComfyUI’s own words', async () => {
    const room = new RunRoom();
    const answer = await room.guest(1, QUEUE).run();
    assert.deepEqual(answer, { status: 200, body: { prompt_id: 'prompt-1', number: 1, node_errors: {} } });
  });

  it('and passes what ComfyUI finds invalid on as it is', async () => {
    const room = new RunRoom();
    const body = { error: { type: 'prompt_outputs_failed_validation', message: 'm', details: '', extra_info: {} } };
    room.backend.answer = { status: 400, body };
    assert.deepEqual(await room.guest(1, QUEUE).run(), { status: 400, body });
  });

  it('and tells the others in one line what was wrong with whose', async () => {
    const room = new RunRoom();
    const [guest, viewer] = [room.guest(1, QUEUE), room.guest(2, {})];
    for (const each of [guest, viewer]) await each.result({ method: 'watch' });
    const errors = [{ type: 'custom_validation_failed', message: 'Invalid image file', details: 'gone.png' }];
    const node_errors = { 5: { class_type: 'LoadImage', errors } };
    room.backend.answer = {
      status: 400,
      body: { error: { message: 'Prompt outputs failed validation' }, node_errors },
    };
    await guest.run();
    const what = { t: 'invalid', peer: 1, name: 'Guest 1', reason: '#5 LoadImage: Invalid image file gone.png' };
    assert.deepEqual(
      viewer.told.filter(({ t }) => t === 'invalid'),
      [what],
    );
    assert.ok(!guest.told.some(({ t }) => t === 'invalid'));
  });

  it('from nobody without the right, whatever else they may', async () => {
    const room = new RunRoom();
    for (const rights of [{}, { editor: true }]) {
      assert.equal(await room.guest(1, rights).run(), 'no-queue');
    }
    assert.deepEqual(room.backend.submitted, []);
  });

  it('no more from the moment in which the right is taken away', async () => {
    const room = new RunRoom();
    const guest = room.guest(1, QUEUE);
    guest.say({ method: 'queue', body: promptBytes() });
    room.setRights(guest, 1, {});
    await settle();
    assert.deepEqual(room.backend.submitted, []);
    assert.equal(guest.closed, null);
  });

  it('in turn: only those in charge get in front', async () => {
    const room = new RunRoom();
    const pushy = { front: true, number: -100 };
    await room.guest(1, QUEUE).run(pushy);
    await room.guest(2, { role: 'admin' }).run(pushy);
    assert.deepEqual(
      room.backend.submitted.map(({ request: { front, number } }) => [front, number]),
      [
        [false, null],
        [true, -100],
      ],
    );
  });

  it('up to a quota for each person, over all their pages, also when they come at once', async () => {
    const room = new RunRoom();
    const [one, other] = [room.guest(1, QUEUE), room.guest(1, QUEUE)];
    for (let count = 0; count < MAX_WAITING_PROMPTS; count++) {
      (count % 2 ? one : other).say({ method: 'queue', body: promptBytes() });
    }
    one.say({ method: 'queue', body: promptBytes() });
    await settle();
    assert.equal(room.backend.submitted.length, MAX_WAITING_PROMPTS);
    assert.equal(await one.run(), 'quota');
    assert.notEqual(await room.guest(2, QUEUE).run(), 'quota');
    assert.notEqual(await room.guest(3, { role: 'admin' }).run(), 'quota');
  });

  it('at a rate: what comes faster is refused with words, and the link stays', async () => {
    const room = new RunRoom();
    const guest = room.guest(1, { role: 'admin' });
    for (let count = 0; count < RUN_RATES.prompts.burst; count++) await guest.run();
    assert.equal(await guest.run(), 'too-fast');
    room.nowMs += 1000;
    assert.notEqual(await guest.run(), 'too-fast');
    assert.equal(guest.closed, null);
  });

  it('only when they are prompts', async () => {
    const room = new RunRoom();
    const guest = room.guest(1, QUEUE);
    const send = (text: string) => guest.result({ method: 'queue', body: new TextEncoder().encode(text) });
    assert.equal(await send('{'), 'prompt-malformed');
    assert.equal(await send('[]'), 'prompt-malformed');
    for (const request of [
      { prompt: [] },
      { prompt: { 1: {} } },
      { prompt: { 1: 5 } },
      { number: 'x' },
      { extra_data: {} },
    ]) {
      assert.equal(await guest.run(request), 'prompt-malformed', JSON.stringify(request));
    }
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, id) => [id, { class_type: 'A', inputs: {} }]));
    assert.equal(await guest.run({ prompt: many }), 'prompt-too-large');
    assert.deepEqual(room.backend.submitted, []);
  });

  it('and tells whose they are, to everyone who watches', async () => {
    const room = new RunRoom();
    const [guest, viewer] = [room.guest(1, QUEUE), room.guest(2, {})];
    await viewer.result({ method: 'watch' });
    room.backend.running.push('the host’s own');
    const queued: unknown[] = [];
    room.desk.on('queued', (by) => queued.push(by));
    await guest.run();
    assert.deepEqual(queued, [{ peer: 1, name: 'Guest 1', color: 1 }]);
    assert.deepEqual(viewer.told.filter(({ t }) => t === 'queue').at(-1), {
      t: 'queue',
      entries: [
        { id: 'the host’s own', peer: 0, name: 'Host', color: 0, state: 'running' },
        { id: 'prompt-1', peer: 1, name: 'Guest 1', color: 1, state: 'waiting', position: 1 },
      ],
    });
  });
});

describe('the desk cancels', () => {
  it('one’s own, waiting or running, and nobody else’s', async () => {
    const room = new RunRoom();
    const [one, other] = [room.guest(1, QUEUE), room.guest(2, QUEUE)];
    await one.run();
    await other.run();
    assert.equal(await other.result({ method: 'cancel', what: ['prompt-1'] }), 'no-cancel-any');
    assert.equal(await other.result({ method: 'cancel', what: 'running' }), 'no-cancel-any');
    assert.equal(await other.result({ method: 'cancel', what: ['prompt-2', 'prompt-1'] }), 'no-cancel-any');
    assert.deepEqual(room.backend.cancelled, []);
    assert.equal(await other.result({ method: 'cancel', what: ['prompt-2'] }), null);
    assert.equal(await one.result({ method: 'cancel', what: 'running' }), null);
    assert.deepEqual(room.backend.cancelled, [
      { id: 'prompt-2', isRunning: false },
      { id: 'prompt-1', isRunning: true },
    ]);
  });

  it('all that wait and are theirs at once; for those in charge, all', async () => {
    const room = new RunRoom();
    const [ann, ben, chief] = [room.guest(1, QUEUE), room.guest(2, QUEUE), room.guest(3, { role: 'admin' })];
    for (const guest of [ann, ben, ann, ben]) await guest.run();
    await ann.result({ method: 'cancel', what: 'waiting' });
    assert.deepEqual(room.backend.cancelled, [{ id: 'prompt-3', isRunning: false }]);
    await chief.result({ method: 'cancel', what: 'waiting' });
    assert.deepEqual(room.backend.waiting, []);
    assert.deepEqual(room.backend.running, ['prompt-1']);
  });

  it('one’s own also after the host’s page was reloaded, while a server went on with them', async () => {
    const room = new RunRoom({
      owners: new Map([['before', { peer: 2, name: 'Ben', color: 2 }]]),
      waiting: ['before'],
    });
    const [ann, ben] = [room.guest(1, QUEUE), room.guest(2, QUEUE)];
    assert.equal(await ann.result({ method: 'cancel', what: ['before'] }), 'no-cancel-any');
    assert.equal(await ben.result({ method: 'cancel', what: ['before'] }), null);
    assert.deepEqual(room.backend.cancelled, [{ id: 'before', isRunning: false }]);
  });

  it('any, for those in charge; none for those who may not run; an unknown one is no fault', async () => {
    const room = new RunRoom();
    await room.guest(1, QUEUE).run();
    assert.equal(await room.guest(2, {}).result({ method: 'cancel', what: ['no such'] }), 'no-cancel-own');
    assert.equal(await room.guest(3, { role: 'admin' }).result({ method: 'cancel', what: ['no such'] }), null);
    assert.equal(await room.guest(3, { role: 'admin' }).result({ method: 'cancel', what: ['prompt-1'] }), null);
    assert.equal(room.backend.cancelled.length, 1);
  });
});

describe('the desk tells', () => {
  const SEQUENCE = [
    ['status', { status: { exec_info: { queue_remaining: 1 } } }],
    ['execution_start', { prompt_id: 'p', timestamp: 1 }],
    ['execution_cached', { nodes: [], prompt_id: 'p', timestamp: 2 }],
    ['progress_state', { prompt_id: 'p', nodes: {} }],
    ['executing', { node: '4', display_node: '4', prompt_id: 'p' }],
    ['progress', { value: 1, max: 2, prompt_id: 'p', node: '4' }],
    ['executed', { node: '4', display_node: '4', output: { images: [] }, prompt_id: 'p' }],
    ['execution_success', { prompt_id: 'p', timestamp: 3 }],
    ['executing', { node: null, prompt_id: 'p' }],
  ] as const;

  it('a run’s events unchanged and in order, to viewers too', async () => {
    const room = new RunRoom();
    const viewer = room.guest(2, {});
    await viewer.result({ method: 'watch' });
    for (const [type, data] of SEQUENCE) room.backend.tell(type, data);
    await settle();
    assert.deepEqual(viewer.events(), SEQUENCE);
  });

  it('nothing to who did not ask, or is no longer in the room', async () => {
    const room = new RunRoom();
    const [silent, left] = [room.guest(1, QUEUE), room.guest(2, {})];
    await left.result({ method: 'watch' });
    room.setRights(left, 2, null);
    const before = left.told.length;
    for (const [type, data] of SEQUENCE) room.backend.tell(type, data);
    room.backend.show(PNG);
    await settle();
    assert.equal(silent.told.length, 0);
    assert.equal(left.told.length, before);
  });

  it('a newcomer the last output of each node, and where the run is', async () => {
    const room = new RunRoom();
    for (const [type, data] of SEQUENCE.slice(0, 7)) room.backend.tell(type, data);
    room.backend.tell('executed', { node: '4', display_node: '4', output: { images: [1] }, prompt_id: 'q' });
    const newcomer = room.guest(2, {});
    await newcomer.result({ method: 'watch' });
    const outputs = newcomer.events().filter(([type]) => type === 'executed');
    assert.deepEqual(outputs, [
      ['executed', { node: '4', display_node: '4', output: { images: [1] }, prompt_id: 'q' }],
    ]);
    assert.ok(newcomer.events().some(([type]) => type === 'execution_start'));
    room.backend.tell('execution_success', { prompt_id: 'q' });
    const later = room.guest(3, {});
    await later.result({ method: 'watch' });
    assert.deepEqual(
      later.events().map(([type]) => type),
      ['executed', 'status'],
    );
  });

  it('previews up to a size', async () => {
    const room = new RunRoom();
    const viewer = room.guest(2, {});
    await viewer.result({ method: 'watch' });
    room.backend.show(new Uint8Array(MAX_PREVIEW_BYTES + 1));
    room.backend.show(PNG);
    await settle();
    assert.deepEqual(
      viewer.told.filter(({ t }) => t === 'preview'),
      [{ t: 'preview', bytes: PNG }],
    );
  });

  it('of an error too large to send, what went wrong', async () => {
    const room = new RunRoom();
    const viewer = room.guest(2, {});
    await viewer.result({ method: 'watch' });
    room.backend.tell('execution_error', {
      exception_message: 'out of memory',
      current_inputs: { image: ['x'.repeat(2 * 1024 * 1024)] },
    });
    await settle();
    const [[type, data] = []] = viewer.events();
    assert.equal(type, 'execution_error');
    assert.equal((data as { exception_message: string }).exception_message, 'out of memory');
  });

  it('lists, also long ones, and pictures by their hash', async () => {
    const room = new RunRoom();
    room.backend.pictures.set('a.png', { bytes: PNG, type: 'image/png' });
    const viewer = room.guest(2, {});
    const page = { statuses: ['completed'], offset: 0, limit: 10 };
    room.backend.tell('execution_start', { prompt_id: 'old' });
    const listed = (await viewer.result({ method: 'jobs', ...page })) as { jobs: { id: string }[]; total: number };
    assert.deepEqual([listed.jobs[0]?.id, listed.total], ['old', 1]);
    assert.deepEqual(room.backend.pages[0]?.statuses, ['completed']);
    assert.deepEqual(await viewer.result({ method: 'inputs' }), ['one.png']);
    assert.equal(await viewer.result({ method: 'job', job: 'none' }), null);
    assert.deepEqual(await viewer.result({ method: 'models', folder: 'vae' }), ['vae.safetensors']);
    const told = await viewer.ask({ method: 'view', ...PICTURE });
    assert.ok(told.t === 'answer' && told.asset);
    assert.deepEqual(room.desk.asset(told.asset.hash), PNG);
    assert.equal(room.desk.asset(HASH), null);
    assert.equal(await viewer.result({ method: 'view', ...PICTURE, filename: 'none.png' }), null);
  });
});

describe('pictures', () => {
  it('that a run made are read once for all who ask, inputs each time', async () => {
    const room = new RunRoom();
    room.backend.pictures.set('a.png', { bytes: PNG, type: 'image/png' });
    const guests = [1, 2, 3].map((peer) => room.guest(peer, {}));
    const ask = (type: string) => Promise.all(guests.map((guest) => guest.ask({ method: 'view', ...PICTURE, type })));
    await ask('output');
    assert.equal(room.backend.views, 1);
    await ask('input');
    assert.equal(room.backend.views, 4);
    room.nowMs += 60_000;
    await ask('output');
    assert.equal(room.backend.views, 5);
  });

  it('that the session made before the host’s page was reloaded are listed and shown; others are not', async () => {
    const room = new RunRoom({ prompts: ['old'] });
    const made = { ...PICTURE, type: 'output', filename: 'made.png' };
    for (const filename of ['made.png', 'other.png'])
      room.backend.pictures.set(filename, { bytes: PNG, type: 'image/png' });
    room.backend.job = async (id) => (id === 'old' ? { id, outputs: { 9: { images: [made] } } } : null);
    const viewer = room.guest(1, {});
    assert.equal(await viewer.result({ method: 'view', ...made }), null);
    const { jobs } = (await viewer.result({ method: 'jobs' })) as { jobs: { id: string }[] };
    assert.deepEqual(
      jobs.map(({ id }) => id),
      ['old'],
    );
    await viewer.result({ method: 'job', job: 'old' });
    assert.equal(await viewer.result({ method: 'view', ...made }), true);
    assert.equal(await viewer.result({ method: 'view', ...made, filename: 'other.png' }), null);
    assert.deepEqual(room.desk.prompts, ['old']);
  });

  it('come as a preview where one does, with what they stand for; made once for all', async () => {
    const room = new RunRoom();
    const large = new Uint8Array(PREVIEW_FROM_BYTES).fill(7);
    let made = 0;
    const { shrink } = room;
    room.shrink = (bytes, type) => {
      made++;
      return shrink(bytes, type);
    };
    room.backend.pictures.set('a.png', { bytes: large, type: 'image/png' });
    const guests = [1, 2, 3].map((peer) => room.guest(peer, {}));
    const ask = (small: boolean) =>
      Promise.all(guests.map((guest) => guest.ask({ method: 'view', ...PICTURE, type: 'output', small })));
    for (const told of await ask(true)) {
      assert.ok(told.t === 'answer' && told.asset && told.whole);
      assert.deepEqual(room.desk.asset(told.asset.hash), large.slice(0, 8));
      assert.deepEqual([told.whole.bytes, told.whole.width, told.whole.height], [large.length, 640, 480]);
      assert.equal(room.desk.asset(told.whole.hash), null);
    }
    assert.equal(made, 1);
    for (const told of await ask(false)) {
      assert.ok(told.t === 'answer' && told.asset && !told.whole);
      assert.deepEqual(room.desk.asset(told.asset.hash), large);
    }
  });

  it('come whole where they are small, or no preview can be made', async () => {
    const room = new RunRoom();
    room.backend.pictures.set('small.png', { bytes: PNG, type: 'image/png' });
    const film = new Uint8Array(PREVIEW_FROM_BYTES);
    room.backend.pictures.set('film.webm', { bytes: film, type: 'video/webm' });
    const viewer = room.guest(1, {});
    room.shrink = async () => {
      throw new Error('This is no picture.');
    };
    for (const [filename, bytes] of [
      ['small.png', PNG],
      ['film.webm', film],
    ] as const) {
      const told = await viewer.ask({ method: 'view', ...PICTURE, filename, small: true });
      assert.ok(told.t === 'answer' && told.asset && !told.whole);
      assert.deepEqual(room.desk.asset(told.asset.hash), bytes);
    }
  });

  it('that are not there yet are looked for again', async () => {
    const room = new RunRoom();
    const viewer = room.guest(1, {});
    const view = { method: 'view', ...PICTURE, type: 'output' };
    assert.equal(await viewer.result(view), null);
    room.backend.pictures.set('a.png', { bytes: PNG, type: 'image/png' });
    assert.equal(await viewer.result(view), true);
  });
});

describe('the desk takes uploads', () => {
  it('of pictures, under a clean name, from editors and those who may run', async () => {
    const room = new RunRoom();
    for (const rights of [{ editor: true }, QUEUE]) {
      const guest = room.guest(1, rights);
      guest.files.set(HASH, PNG);
      const call = { method: 'upload', ...PICTURE, filename: '../../<b>x.exe', hash: HASH, bytes: PNG.length };
      assert.deepEqual(await guest.result(call), { ...PICTURE, filename: '_b_x.png' });
    }
    assert.equal(room.backend.uploaded[0]?.type, 'image/png');
  });

  it('from nobody else, of nothing else, and nowhere else', async () => {
    const room = new RunRoom();
    const call = { method: 'upload', ...PICTURE, hash: HASH, bytes: 11 };
    const viewer = room.guest(1, {});
    viewer.files.set(HASH, PNG);
    assert.equal(await viewer.result(call), 'no-set-open-inputs');
    const guest = room.guest(2, QUEUE);
    assert.equal(await guest.result(call), 'host-fault', 'bytes that never come');
    guest.files.set(HASH, new TextEncoder().encode('<script>alert(1)</script>'));
    assert.equal(await guest.result(call), 'no-picture');
    guest.files.set(HASH, PNG);
    assert.equal(await guest.result({ ...call, type: 'output' }), 'no-upload');
    assert.deepEqual(room.backend.uploaded, []);
  });
});

describe('a hostile guest', () => {
  const MALFORMED: readonly (readonly [string, Record<string, unknown>])[] = [
    ['an unknown method', { method: 'free' }],
    ['a further member', { method: 'jobs', peer: 0 }],
    ['a forged sender', { method: 'cancel', what: 'running', peer: 0 }],
    ['too large a prompt', { method: 'queue', body: new Uint8Array(MAX_PACKED_PROMPT_BYTES + 1) }],
    ['a prompt that is no bytes', { method: 'queue', body: 'x' }],
    ['a picture elsewhere', { method: 'view', ...PICTURE, type: 'models' }],
    ['a huge upload', { method: 'upload', ...PICTURE, hash: HASH, bytes: 26 * 1024 * 1024 }],
    ['a hash that is none', { method: 'upload', ...PICTURE, hash: 'x', bytes: 1 }],
    ['too many to cancel', { method: 'cancel', what: Array.from({ length: 201 }, () => 'x') }],
    ['a long name', { method: 'models', folder: 'x'.repeat(300) }],
  ];
  for (const [what, call] of MALFORMED) {
    it(`is closed for ${what}, and nobody else is (T4)`, async () => {
      const room = new RunRoom();
      const [hostile, other] = [room.guest(1, QUEUE), room.guest(2, QUEUE)];
      hostile.say(call);
      await settle();
      assert.equal(hostile.closed?.code, 'protocol-fault');
      assert.notEqual(await other.run(), 'quota');
    });
  }

  it('is closed for bytes that are no call, and for calling before joining', async () => {
    const room = new RunRoom();
    const [noise, early] = [room.guest(1, QUEUE), room.guest(2, null)];
    noise.raw(Uint8Array.from([0xc1, 1, 2]));
    early.raw(encode({ method: 'jobs', id: 1 }));
    await settle();
    assert.equal(noise.closed?.code, 'protocol-fault');
    assert.equal(early.closed?.code, 'protocol-fault');
  });

  it('is closed for flooding, and cannot make the host work on much at once', async () => {
    const room = new RunRoom();
    const [hostile, other] = [room.guest(1, QUEUE), room.guest(2, QUEUE)];
    for (let count = 0; count <= RUN_RATES.calls.burst; count++) hostile.say({ method: 'jobs' });
    await settle();
    assert.equal(hostile.closed?.code, 'too-fast');
    assert.ok(hostile.told.some((told) => told.t === 'refused' && told.code === 'busy'));
    assert.equal(other.closed, null);
  });
});

describe('what is the host’s own stays there', () => {
  const OUTPUT = { filename: 'ComfyUI_00007_.png', subfolder: '', type: 'output' } as const;

  it('jobs from before the session, and beside it', async () => {
    const room = new RunRoom();
    const guest = room.guest(1, { editor: true, queue: true });
    assert.deepEqual(await guest.result({ method: 'jobs' }), { jobs: [], total: 0 });
    assert.equal(await guest.result({ method: 'job', job: 'old' }), null);
    await guest.run();
    room.backend.jobs = async () => ({ jobs: [{ id: 'prompt-1' }, { id: 'old' }, 'odd', null], total: 4 });
    assert.deepEqual(await guest.result({ method: 'jobs' }), { jobs: [{ id: 'prompt-1' }], total: 1 });
    assert.deepEqual(await guest.result({ method: 'jobs', offset: 1 }), { jobs: [], total: 1 });
  });

  it('pictures that no run of the session, no widget and no list has named', async () => {
    const room = new RunRoom();
    room.backend.view = async () => ({ bytes: PNG, type: 'image/png' });
    const viewer = room.guest(1, {});
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT }), null);
    const output = { images: [OUTPUT], more: { gifs: [{ ...OUTPUT, filename: 'a.webp' }] } };
    room.backend.tell('executed', { prompt_id: 'p', node: '1', output });
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT }), true);
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT, filename: 'a.webp' }), true);
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT, type: 'temp' }), null);
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT, subfolder: '..' }), null);
    room.named.add('../a.png');
    assert.equal(await viewer.result({ method: 'view', ...OUTPUT, filename: '../a.png' }), null);
  });

  it('other routes, under the name of a folder of models', async () => {
    const room = new RunRoom();
    const guest = room.guest(1, QUEUE);
    for (const folder of ['..', '../settings', 'a/b', '%2e%2e', '', 'a?b']) {
      assert.deepEqual(await guest.result({ method: 'models', folder }), [], folder);
    }
  });

  it('what its rules keep from guests, who are told why; nothing is handed over', async () => {
    const room = new RunRoom();
    room.refuses = (prompt) => (Object.values(prompt)[0]?.class_type === 'Paid' ? 'It costs.' : null);
    for (const rights of [QUEUE, { role: 'admin' } as const]) {
      const guest = room.guest(1, rights);
      const told = await guest.ask({ method: 'queue', body: promptBytes({ prompt: { 1: { class_type: 'Paid' } } }) });
      assert.deepEqual(told.t === 'refused' && [told.code, told.reason], ['prompt-refused', 'It costs.']);
    }
    assert.deepEqual(room.backend.submitted, []);
  });

  it('keys, folders and inputs in errors and in jobs', async () => {
    const room = new RunRoom();
    const viewer = room.guest(2, {});
    await viewer.result({ method: 'watch' });
    const error = {
      prompt_id: 'p',
      exception_message: 'no',
      traceback: ['  File "/home/alice/ComfyUI/execution.py", line 5, in x\n'],
      current_inputs: { auth_token: ['SECRET'] },
    };
    const job = {
      id: 'p',
      execution_error: error,
      execution_status: { messages: [['execution_error', error]] },
      workflow: { prompt: {}, extra_data: { client_id: 'SECRET', auth_token_comfy_org: 'SECRET', extra_pnginfo: {} } },
    };
    room.backend.job = async () => job;
    room.backend.jobs = async () => ({ jobs: [job], total: 1 });
    room.backend.tell('execution_error', error);
    await settle();
    const all = [
      viewer.events(),
      await viewer.result({ method: 'job', job: 'p' }),
      await viewer.result({ method: 'jobs' }),
    ];
    assert.doesNotMatch(JSON.stringify(all), /SECRET|alice/);
    assert.match(JSON.stringify(all), /execution\.py/);
  });
});
