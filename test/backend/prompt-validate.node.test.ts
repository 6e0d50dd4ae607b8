import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, catalogueWith } from '../../src/backend/catalogue.ts';
import { validatePrompt } from '../../src/backend/prompt-validate.ts';

const context = { catalogue: catalogueWith(['here.png']), hasImage: (name: string) => name === 'here.png' };
const node = (class_type: string, inputs: Record<string, unknown>) => ({ class_type, inputs });
const empty = (more: Record<string, unknown> = {}) =>
  node('EmptyImage', { width: 64, height: 64, batch_size: 1, color: 0, ...more });
const preview = (from: string, slot = 0) => node('PreviewImage', { images: [from, slot] });

function errorsOf(prompt: unknown): Record<string, { errors: { type: string; message: string; details: string }[] }> {
  const result = validatePrompt(prompt, context);
  return result.nodeErrors as never;
}

describe('validation of a prompt, in ComfyUI’s own words and shapes', () => {
  it('accepts a sound prompt and names its outputs', () => {
    const result = validatePrompt({ 1: empty(), 2: preview('1') }, context);
    assert.deepEqual(result.ok && result.outputs, ['2']);
  });

  it('a missing input is reported at its node, with the outputs that depend on it', () => {
    const result = validatePrompt({ 1: node('ImageInvert', {}), 2: preview('1') }, context);
    assert.deepEqual(result, {
      ok: false,
      error: {
        type: 'prompt_outputs_failed_validation',
        message: 'Prompt outputs failed validation',
        details: '',
        extra_info: {},
      },
      nodeErrors: {
        1: {
          errors: [
            {
              type: 'required_input_missing',
              message: 'Required input is missing',
              details: 'image',
              extra_info: { input_name: 'image' },
            },
          ],
          dependent_outputs: ['2'],
          class_type: 'ImageInvert',
        },
      },
    });
  });

  it('a prompt without outputs is refused as a whole', () => {
    const result = validatePrompt({ 1: empty() }, context);
    assert.equal(!result.ok && result.error.type, 'prompt_no_outputs');
    assert.equal(!result.ok && result.error.message, 'Prompt has no outputs');
    assert.deepEqual(result.nodeErrors, {});
  });

  it('an unknown node type is named with its id', () => {
    const result = validatePrompt({ 1: node('NoSuchNode', {}) }, context);
    assert.deepEqual(!result.ok && result.error, {
      type: 'invalid_prompt',
      message: 'Cannot execute because node NoSuchNode does not exist.',
      details: "Node ID '#1'",
      extra_info: {},
    });
  });

  it('types that every object has are no node types', () => {
    const result = validatePrompt({ 1: node('constructor', {}) }, context);
    assert.equal(!result.ok && result.error.type, 'invalid_prompt');
  });

  it('a value that is not in its list is quoted with the list', () => {
    const errors = errorsOf({
      1: node('CheckpointLoaderSimple', { ckpt_name: 'absent.safetensors' }),
      2: node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
      3: node('VAEDecode', { samples: ['2', 0], vae: ['1', 2] }),
      4: preview('3'),
    });
    assert.equal(errors[1]?.errors[0]?.type, 'value_not_in_list');
    assert.equal(errors[1]?.errors[0]?.details, "ckpt_name: 'absent.safetensors' not in []");
    assert.deepEqual(Object.keys(errors), ['1']);
  });

  it('long lists are counted, not quoted', () => {
    const errors = errorsOf({
      1: node('KSamplerSelect', { sampler_name: 'nonesuch' }),
      2: node('SamplerCustomAdvanced', { sampler: ['1', 0] }),
      3: node('VAEDecode', { samples: ['2', 0] }),
      4: preview('3'),
    });
    assert.match(errors[1]?.errors[0]?.details ?? '', /^sampler_name: 'nonesuch' not in \(list of length \d+\)$/);
  });

  it('limits are checked and both sides of a bad size reported', () => {
    const errors = errorsOf({
      1: empty(),
      2: node('ImageCrop', { image: ['1', 0], width: 0, height: 0, x: 0, y: 16385 }),
      3: preview('2'),
    });
    assert.deepEqual(
      errors[2]?.errors.map(({ type, message, details }) => [type, message, details]),
      [
        ['value_smaller_than_min', 'Value 0 smaller than min of 1', 'width'],
        ['value_smaller_than_min', 'Value 0 smaller than min of 1', 'height'],
        ['value_bigger_than_max', 'Value 16385 bigger than max of 16384', 'y'],
      ],
    );
  });

  it('a float’s limit is written with its point', () => {
    const errors = errorsOf({
      1: node('SolidMask', { value: 2, width: 8, height: 8 }),
      2: node('MaskToImage', { mask: ['1', 0] }),
      3: preview('2'),
    });
    assert.equal(errors[1]?.errors[0]?.message, 'Value 2.0 bigger than max of 1.0');
  });

  it('a link of the wrong type, a broken link, and a link to nothing are told apart', () => {
    const typed = errorsOf({ 1: node('SolidMask', { value: 1, width: 8, height: 8 }), 2: preview('1') });
    assert.equal(typed[2]?.errors[0]?.type, 'return_type_mismatch');
    assert.equal(typed[2]?.errors[0]?.details, 'images, received_type(MASK) mismatch input_type(IMAGE)');
    const broken = errorsOf({ 2: node('PreviewImage', { images: ['1'] }) });
    assert.equal(broken[2]?.errors[0]?.type, 'bad_linked_input');
    const absent = errorsOf({ 2: preview('9') });
    assert.equal(absent[2]?.errors[0]?.type, 'exception_during_validation');
    assert.equal(absent[2]?.errors[0]?.details, "'9'");
  });

  it('text for a number is converted when it can be, as ComfyUI does', () => {
    const good = validatePrompt({ 1: empty({ width: '128' }), 2: preview('1') }, context);
    assert.equal(good.ok && good.prompt[1]?.inputs.width, 128);
    const bad = errorsOf({ 1: empty({ width: 'wide' }), 2: preview('1') });
    assert.equal(bad[1]?.errors[0]?.type, 'invalid_input_type');
    assert.match(bad[1]?.errors[0]?.details ?? '', /^width, wide, invalid literal for int\(\)/);
  });

  it('an absent picture is refused by name', () => {
    assert.equal(validatePrompt({ 1: node('LoadImage', { image: 'here.png' }), 2: preview('1') }, context).ok, true);
    const errors = errorsOf({ 1: node('LoadImage', { image: 'gone.png' }), 2: preview('1') });
    assert.equal(errors[1]?.errors[0]?.details, 'image - Invalid image file: gone.png');
  });

  it('one sound output runs although another failed; the failure is still told', () => {
    const result = validatePrompt({ 1: empty(), 2: preview('1'), 3: node('PreviewImage', {}) }, context);
    assert.deepEqual(result.ok && result.outputs, ['2']);
    assert.deepEqual(Object.keys(result.nodeErrors), ['3']);
  });

  it('a ring of nodes ends with an error, not with the stack', () => {
    const errors = errorsOf({
      1: node('ImageInvert', { image: ['2', 0] }),
      2: node('ImageInvert', { image: ['1', 0] }),
      3: preview('1'),
    });
    assert.ok(Object.values(errors).some((entry) => entry.errors.some(({ type }) => type === 'dependency_cycle')));
  });

  it('a chain of 5,000 nodes does not exhaust the stack', () => {
    const prompt: Record<string, unknown> = { 0: empty() };
    for (let id = 1; id < 5000; id++) prompt[id] = node('ImageInvert', { image: [String(id - 1), 0] });
    prompt.out = preview('4999');
    assert.doesNotThrow(() => validatePrompt(prompt, context));
  });

  it('a partial run takes only the outputs asked for', () => {
    const result = validatePrompt({ 1: empty(), 2: preview('1'), 3: preview('1') }, context, ['3']);
    assert.deepEqual(result.ok && result.outputs, ['3']);
  });

  it('every catalogue entry has as many names as outputs, and its input order', () => {
    for (const [name, info] of Object.entries(CATALOGUE)) {
      assert.equal(info.output.length, info.output_name.length, name);
      assert.deepEqual(info.input_order.required, Object.keys(info.input.required ?? {}), name);
    }
    assert.ok(Object.keys(CATALOGUE).length >= 50);
  });
});
