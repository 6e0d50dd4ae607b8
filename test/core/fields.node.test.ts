import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyOps } from '../../src/core/apply.ts';
import type { Document } from '../../src/core/document.ts';
import {
  definitionFields,
  floatingFields,
  groupFields,
  linkFields,
  metaFields,
  nodeFields,
  rerouteFields,
} from '../../src/core/fields.ts';
import { diffFields } from '../../src/core/fields-diff.ts';
import { linkJson, nodeJson, rerouteJson } from '../../src/core/fields-json.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { definitionJson, exportWorkflow, importWorkflow } from '../../src/core/workflow.ts';
import { readTemplate, templates } from '../support/corpus.ts';

/** As the running frontend serialises a node: members that are undefined, typed arrays, values shared with the live graph. */
function live(): Record<string, unknown> {
  return {
    id: 3,
    type: 'KSampler',
    pos: new Float64Array([1, 2]),
    size: [200, 100],
    flags: { collapsed: true, pinned: undefined },
    order: 2,
    mode: 0,
    showAdvanced: undefined,
    inputs: [
      { name: 'model', type: 'MODEL', link: 5, color_off: undefined },
      { name: 'seed', type: 'INT', widget: { name: 'seed' }, link: null, shape: undefined },
    ],
    outputs: [{ name: 'LATENT', type: 'LATENT', links: [6, 7], pos: undefined }],
    properties: { 'Node name for S&R': 'KSampler' },
    widgets_values: [1, 'fixed', 'a cat'],
    widgets_values_named: { seed: 1, control: 'fixed', text: 'a cat' },
  };
}

const fieldsOf = (json: unknown) => nodeFields(json as JsonObject);
const template = (): Document => importWorkflow(readTemplate('3d_hunyuan3d_multiview_to_model.json'));

describe('fields of a record', () => {
  it('D2: a node becomes one field for each thing that people edit by itself', () => {
    assert.deepEqual(Object.fromEntries(fieldsOf(live())), {
      id: 3,
      type: 'KSampler',
      pos: [1, 2],
      size: [200, 100],
      flags: {},
      'flags/collapsed': true,
      order: 2,
      mode: 0,
      inputs: ['model', 'seed'],
      'inputs/model': { name: 'model', type: 'MODEL', link: null },
      'inputs/seed': { name: 'seed', type: 'INT', widget: { name: 'seed' }, link: null },
      outputs: ['LATENT'],
      'outputs/LATENT': { name: 'LATENT', type: 'LATENT', links: null },
      properties: {},
      'properties/Node name for S&R': 'KSampler',
      widgets_values: ['seed', 'control', 'text'],
      'w/seed': 1,
      'w/control': 'fixed',
      'w/text': 'a cat',
    });
  });

  it('what is read shares nothing with the live graph', () => {
    const json = live();
    const fields = fieldsOf(json);
    (json.properties as Record<string, unknown>)['Node name for S&R'] = 'changed';
    ((json.inputs as JsonObject[])[1] as unknown as { widget: { name: string } }).widget.name = 'changed';
    assert.equal(fields.get('properties/Node name for S&R'), 'KSampler');
    assert.deepEqual((fields.get('inputs/seed') as JsonObject).widget, { name: 'seed' });
  });

  it('what is written is free to be changed', () => {
    const document = template();
    const key = [...document.keys()].find((each) => each.startsWith('n')) as string;
    const hash = document.hash.hex;
    const json = nodeJson(document, key) as Record<string, Json>;
    (json.pos as number[])[0] = 12345;
    (json.properties as Record<string, Json>).more = 1;
    assert.notDeepEqual(nodeJson(document, key), json);
    assert.equal(document.hash.hex, hash);
  });

  it('a node read anew from its own JSON shows no edit, in any template', () => {
    for (const { name, json } of templates()) {
      const document = importWorkflow(json);
      for (const key of document.keys()) {
        const fields = document.get(key) ?? new Map();
        const after = readBack(document, key);
        assert.deepEqual(after ? diffFields(fields, after, key) : [], [], `${name} ${key}`);
      }
    }
  });

  it('a link is the same record from its array and from its object', () => {
    const object = { id: 1, origin_id: 2, origin_slot: 0, target_id: 3, target_slot: 1, type: 'IMAGE' };
    assert.deepEqual(linkFields([1, 2, 0, 3, 1, 'IMAGE']), linkFields(object));
    assert.deepEqual(floatingFields(object), linkFields(object));
  });

  it('a reroute and a group: what follows from links is left out', () => {
    assert.deepEqual(Object.fromEntries(rerouteFields({ id: 1, pos: [0, 0], linkIds: [4, 5] })), {
      id: 1,
      pos: [0, 0],
      linkIds: [],
    });
    assert.deepEqual(Object.fromEntries(groupFields({ id: 1, bounding: [0, 0, 1, 1] })), {
      id: 1,
      bounding: [0, 0, 1, 1],
    });
  });

  it('a definition and a workflow: their own fields, not their records', () => {
    const own = definitionFields({
      id: 'x',
      inputs: [{ id: 'i', name: 'in', linkIds: [1] }],
      nodes: [{ id: 1 }],
      extra: { a: 1 },
    });
    assert.deepEqual(Object.fromEntries(own), {
      id: 'x',
      inputs: ['i'],
      'inputs/i': { id: 'i', name: 'in', linkIds: [] },
      nodes: [],
      extra: {},
      'extra/a': 1,
    });
    const meta = metaFields({
      version: 0.4,
      links: [[1]],
      extra: { ds: 1, reroutes: [1] },
      definitions: { subgraphs: [1] },
    });
    assert.deepEqual(Object.fromEntries(meta), {
      version: 0.4,
      links: [],
      extra: {},
      'extra/ds': 1,
      'extra/reroutes': [],
      definitions: {},
      'definitions/subgraphs': [],
    });
  });

  it('takes microseconds for a large node', (context) => {
    const json = live();
    for (let index = 0; index < 30; index++)
      (json.properties as Record<string, unknown>)[`p${index}`] = `value ${index}`;
    for (let round = 0; round < 2_000; round++) fieldsOf(json);
    const start = performance.now();
    for (let round = 0; round < 10_000; round++) fieldsOf(json);
    context.diagnostic(`${((performance.now() - start) / 10).toFixed(1)} µs for ${fieldsOf(json).size} fields`);
  });
});

/** Fields as the binding would read them from what the record is written as; null for kinds that it reads otherwise. */
function readBack(document: Document, key: string): Map<string, Json> | null {
  if (key.startsWith('n')) return nodeFields(nodeJson(document, key) as JsonObject);
  if (key.startsWith('l')) return linkFields(linkJson(document, key) as JsonObject);
  if (key.startsWith('d')) return definitionFields(definitionJson(document, key, { withContents: true }) as JsonObject);
  return key === 'm' ? metaFields(exportWorkflow(document)) : null;
}

describe('fields back to JSON', () => {
  const chain = (): Document =>
    importWorkflow({
      version: 1,
      nodes: [
        { id: 1, type: 'A', outputs: [{ name: 'o', links: [7, 8] }] },
        {
          id: 2,
          type: 'B',
          inputs: [
            { name: 'a', link: 7 },
            { name: 'b', link: 8 },
          ],
        },
      ],
      links: [
        { id: 7, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*', parentId: 2 },
        { id: 8, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 1, type: '*', parentId: 1 },
      ],
      reroutes: [
        { id: 1, pos: [0, 0], linkIds: [7, 8] },
        { id: 2, parentId: 1, pos: [0, 0], linkIds: [7] },
      ],
    });

  it('slots and reroutes follow the links', () => {
    const document = chain();
    applyOps(document, [{ op: 'remove', key: 'l8' }]);
    assert.deepEqual(nodeJson(document, 'n1')?.outputs, [{ name: 'o', links: [7] }]);
    assert.deepEqual(nodeJson(document, 'n2')?.inputs, [
      { name: 'a', link: 7 },
      { name: 'b', link: null },
    ]);
    assert.deepEqual(rerouteJson(document, 'r1')?.linkIds, [7]);
    applyOps(document, [{ op: 'set', key: 'l7', field: 'parentId', value: 1 }]);
    assert.deepEqual(rerouteJson(document, 'r2')?.linkIds, []);
  });

  it('D1: what contradicts the links is written only until an edit touches it', () => {
    const file: JsonObject = {
      nodes: [
        { id: 1, inputs: [{ name: 'a', link: 99 }] },
        { id: 2, outputs: [{ name: 'o', links: [4] }] },
      ],
    };
    const document = importWorkflow(file);
    assert.deepEqual(exportWorkflow(document), file);
    const link = linkFields({ id: 5, origin_id: 2, origin_slot: 0, target_id: 1, target_slot: 0, type: '*' });
    applyOps(document, [{ op: 'add', key: 'l5', fields: link }]);
    assert.deepEqual(nodeJson(document, 'n1')?.inputs, [{ name: 'a', link: 5 }]);
    assert.deepEqual(nodeJson(document, 'n2')?.outputs, [{ name: 'o', links: [5] }]);
  });

  it('D2: slots and widgets that two people added at once are all written, the unlisted last', () => {
    const document = importWorkflow({
      nodes: [{ id: 1, inputs: [{ name: 'a' }], widgets_values: [1], widgets_values_named: { x: 1 } }],
    });
    applyOps(document, [
      { op: 'set', key: 'n1', field: 'inputs/mine', value: { name: 'mine' } },
      { op: 'set', key: 'n1', field: 'inputs', value: ['a', 'theirs', 'gone'] },
      { op: 'set', key: 'n1', field: 'inputs/theirs', value: { name: 'theirs' } },
      { op: 'set', key: 'n1', field: 'w/y', value: 2 },
    ]);
    const json = nodeJson(document, 'n1');
    assert.deepEqual(json?.inputs, [{ name: 'a' }, { name: 'theirs' }, { name: 'mine' }]);
    assert.deepEqual(json?.widgets_values, [1, 2]);
    assert.deepEqual(json?.widgets_values_named, { x: 1, y: 2 });
  });

  it('a definition comes with or without its contents', () => {
    const document = importWorkflow([...templates()].find(({ json }) => Boolean(json.definitions))?.json as JsonObject);
    const key = [...document.keys()].find((each) => each.startsWith('d')) as string;
    const [own, whole] = [false, true].map((withContents) => definitionJson(document, key, { withContents }));
    assert.equal(own?.nodes, undefined);
    assert.ok(Array.isArray(whole?.nodes) && whole.nodes.length > 0);
    assert.deepEqual(own?.inputs, whole?.inputs);
    assert.equal(definitionJson(document, 'dnone', { withContents: true }), null);
    assert.equal(nodeJson(document, 'n999999'), null);
  });

  it('unused definitions are left out when asked, with what only they use', () => {
    const node = (id: number, type: string): JsonObject => ({ id, type });
    const document = importWorkflow({
      nodes: [node(1, 'used')],
      definitions: {
        subgraphs: [
          { id: 'used', nodes: [node(2, 'within')] },
          { id: 'within', nodes: [] },
          { id: 'unused', nodes: [node(3, 'lost')] },
          { id: 'lost', nodes: [] },
        ],
      },
    });
    const ids = (json: JsonObject): Json[] =>
      ((json.definitions as JsonObject).subgraphs as JsonObject[]).map(({ id }) => id as Json);
    assert.deepEqual(ids(exportWorkflow(document)), ['used', 'within', 'unused', 'lost']);
    assert.deepEqual(ids(exportWorkflow(document, { dropUnusedDefinitions: true })), ['used', 'within']);
    applyOps(document, [{ op: 'remove', key: 'n1' }]);
    assert.equal(exportWorkflow(document, { dropUnusedDefinitions: true }).definitions, undefined);
  });

  it('reroutes made in the session go where the version keeps them', () => {
    const add = (document: Document): JsonObject => {
      applyOps(document, [{ op: 'add', key: 'r1', fields: rerouteFields({ id: 1, pos: [1, 2], linkIds: [] }) }]);
      applyOps(document, [{ op: 'set', key: 'l1', field: 'parentId', value: 1 }]);
      return exportWorkflow(document);
    };
    const parts = { nodes: [{ id: 1 }, { id: 2 }] };
    const old = add(importWorkflow({ ...parts, version: 0.4, links: [[1, 1, 0, 2, 0, '*']] }));
    assert.deepEqual(old.extra, {
      reroutes: [{ id: 1, pos: [1, 2], linkIds: [1] }],
      linkExtensions: [{ id: 1, parentId: 1 }],
    });
    const link = { id: 1, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*' };
    const now = add(importWorkflow({ ...parts, version: 1, links: [link] }));
    assert.deepEqual(now.reroutes, [{ id: 1, pos: [1, 2], linkIds: [1] }]);
    assert.deepEqual(now.links, [{ ...link, parentId: 1 }]);
    assert.equal(now.extra, undefined);
  });
});

describe('edits of a record', () => {
  const before = () => fieldsOf(live());
  const edited = (change: (json: Record<string, unknown>) => void) => {
    const json = live();
    change(json);
    return diffFields(before(), fieldsOf(json), 'n3');
  };

  it('D2: one widget, one property, one flag: one op each', () => {
    assert.deepEqual(
      edited((json) => {
        (json.widgets_values as Json[])[0] = 2;
        (json.widgets_values_named as Record<string, Json>).seed = 2;
        (json.properties as Record<string, Json>).ver = '1';
        json.flags = {};
        json.title = 'Mine';
      }),
      [
        { op: 'set', key: 'n3', field: 'properties/ver', value: '1' },
        { op: 'set', key: 'n3', field: 'w/seed', value: 2 },
        { op: 'set', key: 'n3', field: 'title', value: 'Mine' },
        { op: 'unset', key: 'n3', field: 'flags/collapsed' },
      ],
    );
  });

  it('D3: a text is spliced, a title is set', () => {
    const ops = edited((json) => {
      json.widgets_values = [1, 'fixed', 'a black cat'];
      json.widgets_values_named = { seed: 1, control: 'fixed', text: 'a black cat' };
    });
    assert.deepEqual(ops, [{ op: 'text', key: 'n3', field: 'w/text', changes: [2, [0, 'black '], 3] }]);
    const titled = diffFields(new Map([['title', 'a']]), new Map([['title', 'b']]), 'n3');
    assert.deepEqual(titled, [{ op: 'set', key: 'n3', field: 'title', value: 'b' }]);
  });

  it('D3: a choice from a list is set whole when the caller says that it is none of the texts', () => {
    const isText = (field: string): boolean => field === 'w/text';
    const ops = diffFields(new Map([['w/sampler', 'euler']]), new Map([['w/sampler', 'heun']]), 'n1', { isText });
    assert.deepEqual(ops, [{ op: 'set', key: 'n1', field: 'w/sampler', value: 'heun' }]);
  });

  it('links, places and overrides are no edits of a node', () => {
    const ops = edited((json) => {
      (json.inputs as Record<string, Json>[])[0]!.link = null;
      (json.outputs as Record<string, Json>[])[0]!.links = [];
    });
    assert.deepEqual(ops, []);
    const stored = before().set('#', 4).set('inputs.link/model', { derived: 1 }).set('file/form', 'array');
    assert.deepEqual(diffFields(stored, before(), 'n3'), []);
  });

  it('a number against its text is no change of a link', () => {
    const link = linkFields([1, '2', 0, 3, 0, '*']);
    assert.deepEqual(diffFields(link, linkFields([1, 2, 0, '3', 0, '*']), 'l1'), []);
    assert.equal(diffFields(link, linkFields([1, 4, 0, 3, 0, '*']), 'l1').length, 1);
  });

  it('a change of a slot keeps what the document has for no links', () => {
    const ops = diffFields(
      nodeFields({ outputs: [{ name: 'o', links: [] }] }),
      nodeFields({ outputs: [{ name: 'o', label: 'out', links: null }] }),
      'n1',
    );
    assert.deepEqual(ops, [
      { op: 'set', key: 'n1', field: 'outputs/o', value: { name: 'o', label: 'out', links: [] } },
    ]);
  });
});
