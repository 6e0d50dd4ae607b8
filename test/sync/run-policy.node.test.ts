import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../../src/backend/catalogue.ts';
import type { PictureName } from '../../src/protocol/run-messages.ts';
import { risksOf } from '../../src/sync/node-risks.ts';
import { blockingRule, DEFAULT_RULES, parseRules } from '../../src/sync/node-rules.ts';
import { HostNodes, isPlain } from '../../src/sync/run-policy.ts';
import { PACK } from '../support/comfyui/pack.ts';

const nodes = new HostNodes({ ...CATALOGUE, ...PACK });
const nothing = (): boolean => false;

function refusal(
  type: string,
  inputs: object = {},
  rules = DEFAULT_RULES,
  maySee: (file: PictureName) => boolean = nothing,
) {
  return nodes.refuses({ 7: { class_type: type, inputs } }, rules, maySee);
}

describe('what guests may run', () => {
  it('is every node of the portal’s own, by default', () => {
    for (const type of Object.keys(CATALOGUE)) assert.equal(refusal(type), null, type);
  });

  it('is no node that costs credits, runs code, or reads by path; the words say which and what can be done', () => {
    const words = {
      PackPaidImage: /^PackPaidImage \(#7\) costs credits of the host’s account: .*Settings → Nexus Mesh → Guests/,
      PackRunPython: /runs code/,
      PackLoadImageFromPath: /files of the host by their path/,
    };
    for (const [type, expected] of Object.entries(words)) assert.match(refusal(type) ?? '', expected);
    assert.equal(refusal('PackPreviewSteps'), null);
  });

  it('is no node that the host does not have', () => {
    assert.match(refusal('NoSuchNode') ?? '', /has no node NoSuchNode \(#7\)/);
    for (const type of ['__proto__', 'constructor', 'toString']) assert.match(refusal(type) ?? '', /has no node/);
  });

  it('is what the host sets: a risk or names; what is allowed by name wins', () => {
    assert.equal(refusal('PackPaidImage', {}, parseRules('@code', '')), null);
    assert.equal(refusal('PackRunPython', {}, parseRules('@code', 'packrun*')), null);
    assert.match(refusal('SaveImage', {}, parseRules('Load*,\n save*', '')) ?? '', /kept from guests by the host/);
    assert.equal(refusal('PreviewImage', {}, parseRules('Load*, Save*', '')), null);
    assert.equal(refusal('PackRunPython', {}, parseRules('', '')), null);
  });

  it('names no file outside the session’s, in whatever input', () => {
    const load = (image: unknown, maySee: (file: PictureName) => boolean = nothing) =>
      refusal('LoadImage', { image }, DEFAULT_RULES, maySee);
    for (const image of [
      '../secret.png',
      '/etc/passwd',
      'C:\\x.png',
      'a/../../b.png',
      '~/x.png',
      '..\\x.png',
      '\\\\s\\x',
    ])
      assert.match(load(image) ?? '', /names a file that is not part of this session: image/, image);
    assert.match(load('ComfyUI_00001_.png [output]') ?? '', /names a file/);
    assert.match(load([['../secret.png']]) ?? '', /names a file/);
    assert.match(load({ __value__: ['../secret.png'] }) ?? '', /names a file/);
    assert.match(refusal('SaveImage', { filename_prefix: '../../x' }) ?? '', /filename_prefix/);
    const asked: PictureName[] = [];
    const maySee = (file: PictureName): boolean => asked.push(file) > 0;
    assert.equal(load('sub/ComfyUI_00001_.png [output]', maySee), null);
    assert.deepEqual(asked, [{ filename: 'ComfyUI_00001_.png', subfolder: 'sub', type: 'output' }]);
    for (const image of ['a.png', 'clipspace/b.png [input]', ['5', 0], 7])
      assert.equal(load(image), null, String(image));
    assert.equal(refusal('CLIPTextEncode', { text: 'a fox, /imagine, 3:2, and so on...' }), null);
  });
});

describe('a type’s risks', () => {
  const custom = (required: object): object => ({
    python_module: 'custom_nodes.x',
    category: 'x',
    input: { required },
  });
  const risks = (type: string, definition: unknown): string => [...risksOf(type, definition)].join();

  it('are seen by its words and by the words of its text inputs, not by letters within others', () => {
    assert.equal(risks('ShellExec', custom({})), 'code');
    assert.equal(risks('Evaluate Integers', custom({})), 'code');
    assert.equal(risks('MyLoader', custom({ image_path: ['STRING', {}] })), 'files');
    assert.equal(risks('MyLoader', custom({ url: ['STRING', {}] })), 'network');
    assert.equal(risks('VAEEncodeTiled', custom({ description: ['STRING', {}], filename_prefix: ['STRING', {}] })), '');
    assert.equal(risks('PathFinder', custom({ path: [['a', 'b']] })), 'files');
    assert.equal(risks('Patcher', custom({ path: [['a', 'b']] })), '');
  });

  it('are, of ComfyUI’s own nodes, those that touch whole folders or write models', () => {
    const core = { python_module: 'comfy_extras.nodes_x', input: { required: { path: ['STRING'] } } };
    for (const type of ['CheckpointSave', 'LoadImageTextSetFromFolderNode', 'SaveTrainingDataset'])
      assert.equal(risks(type, core), 'files', type);
    assert.equal(risks('CLIPTextEncode', core), '');
  });

  it('are paid for a node that is given the host’s key, however it is called', () => {
    const hidden = { python_module: 'custom_nodes.x', input: { hidden: { token: ['AUTH_TOKEN_COMFY_ORG', {}] } } };
    assert.equal(risks('Friendly', hidden), 'paid');
  });

  it('are none of what is no definition', () => {
    for (const odd of [null, 'x', [], { input: 3 }]) assert.equal(risks('X', odd), '');
  });
});

describe('rules', () => {
  it('with many stars take no time', () => {
    const began = performance.now();
    const rule = `${'*a'.repeat(90)}*b`;
    assert.equal(blockingRule('a'.repeat(5000), new Set(), { blocked: [rule], allowed: [] }), null);
    assert.ok(performance.now() - began < 500);
  });
});

describe('a file’s name', () => {
  it('stays in its folder', () => {
    const at = (filename: string, subfolder = ''): boolean => isPlain({ filename, subfolder, type: 'output' });
    for (const name of ['a.png', 'a..b.png', '猫.png']) assert.ok(at(name), name);
    for (const name of ['../a.png', 'a/b.png', '..', 'a\\b.png', 'a\0.png', 'a.png [input]'])
      assert.ok(!at(name), name);
    for (const folder of ['..', 'a/../..', '/etc', 'C:', 'a\\b']) assert.ok(!at('a.png', folder), folder);
    assert.ok(at('a.png', 'clipspace/2026'));
  });
});
