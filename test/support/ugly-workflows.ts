import type { Json, JsonObject } from '../../src/core/json.ts';

/** Workflows as no template has them, but as people's folders do. Each is parsed anew, so a test may change it. */

const SUB = '8d1f6a52-32c4-4a34-95b7-1d6d1f4f0b11';
const INNER = 'c0a8e0f2-7d33-4f0e-b6a1-54a0c2f0d9aa';

function root(parts: { [member: string]: Json }): { [member: string]: Json } {
  return {
    last_node_id: 9,
    last_link_id: 9,
    nodes: [],
    links: [],
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
    ...parts,
  };
}

function node(id: Json, parts: { [member: string]: Json } = {}): JsonObject {
  const json = { id, type: 'T', pos: [0, 0], size: [100, 50], flags: {}, order: 0, mode: 0, properties: {} };
  return {
    ...json,
    inputs: [{ name: 'a', type: '*', link: null }],
    outputs: [{ name: 'o', type: '*', links: null }],
    ...parts,
  };
}

function definition(id: Json, parts: { [member: string]: Json } = {}): { [member: string]: Json } {
  return {
    id,
    version: 1,
    state: { lastGroupId: 0, lastNodeId: 5, lastLinkId: 9, lastRerouteId: 0 },
    revision: 0,
    config: {},
    name: 'Sub',
    inputNode: { id: -10, bounding: [0, 0, 120, 60] },
    outputNode: { id: -20, bounding: [400, 0, 120, 60] },
    inputs: [{ id: 'e1', name: 'in', type: 'IMAGE', linkIds: [21], pos: [1, 2] }],
    outputs: [{ id: 'e2', name: 'out', type: 'IMAGE', linkIds: [22], pos: [1, 2] }],
    widgets: [],
    nodes: [
      node(5, {
        inputs: [{ name: 'a', type: 'IMAGE', link: 21 }],
        outputs: [{ name: 'o', type: 'IMAGE', links: [22] }],
      }),
    ],
    groups: [],
    links: [
      { id: 21, origin_id: -10, origin_slot: 0, target_id: 5, target_slot: 0, type: 'IMAGE' },
      { id: 22, origin_id: 5, origin_slot: 0, target_id: -20, target_slot: 0, type: 'IMAGE' },
    ],
    extra: {},
    ...parts,
  };
}

const linked = (id: number, input: Json, output: Json): JsonObject =>
  node(id, {
    inputs: [{ name: 'a', type: '*', link: input }],
    outputs: [{ name: 'o', type: '*', links: output }],
  });

const REROUTES: Json = [
  { id: 1, pos: [10, 10], linkIds: [3] },
  { id: 2, parentId: 1, pos: [20, 10], linkIds: [3] },
  { id: 4, pos: [20, 40], linkIds: [], floating: { slotType: 'output' } },
];

const CASES: { readonly [name: string]: () => JsonObject } = {
  'widget values as an object': () =>
    root({ nodes: [node(1, { widgets_values: { seed: 1, 'a/b': null, '#0': 2, '': 3 } })] }),
  'widget values as an object with names beside it': () =>
    root({ nodes: [node(1, { widgets_values: { seed: 1 }, widgets_values_named: { seed: 2 } })] }),
  'widget values in pairs': () =>
    root({
      nodes: [node(1, { widgets_values: [1, 'x', [2]], widgets_values_named: { '#a': 1, '##': 'x', 'w/x': [2] } })],
    }),
  'widget values whose names collapse': () =>
    root({ nodes: [node(1, { widgets_values: [1, 2, 3], widgets_values_named: { seed: 3, x: 1 } })] }),
  'widget values that differ from the named ones': () =>
    root({ nodes: [node(1, { widgets_values: [1, 2], widgets_values_named: { a: 1, b: 3 } })] }),
  'widget values null, text, empty': () =>
    root({
      nodes: [
        node(1, { widgets_values: null }),
        node(2, { widgets_values: 'none' }),
        node(3, { widgets_values: [] }),
        node(4, { widgets_values: [], widgets_values_named: {} }),
        node(5, { widgets_values: {}, widgets_values_named: null }),
        node(6, { widgets_values_named: { a: 1 } }),
        node(7, { widgets_values: [null, null], widgets_values_named: [1] }),
      ],
    }),
  'more widget values than are kept one by one': () =>
    root({ nodes: [node(1, { widgets_values: Array.from({ length: 10_001 }, (_, index) => index) })] }),
  'floating links': () =>
    root({
      nodes: [linked(1, null, [])],
      floatingLinks: [
        { id: 1, origin_id: 1, origin_slot: 0, target_id: -1, target_slot: -1, type: '*', parentId: 4 },
        { id: 1, origin_id: -1, origin_slot: -1, target_id: 1, target_slot: 0, type: '*' },
        [2, 1, 0, -1, -1, '*'],
      ],
      extra: { reroutes: REROUTES },
    }),
  'reroutes in extra': () =>
    root({
      nodes: [linked(1, null, [3]), linked(2, 3, null)],
      links: [[3, 1, 0, 2, 0, '*']],
      extra: { reroutes: REROUTES, linkExtensions: [{ id: 3, parentId: 2 }], ds: { scale: 1, offset: [0, 0] } },
    }),
  'reroutes on top, links as objects': () =>
    root({
      version: 1,
      state: { lastGroupId: 0, lastNodeId: 2, lastLinkId: 3, lastRerouteId: 4 },
      nodes: [linked(1, null, [3]), linked(2, 3, null)],
      links: [
        { id: 3, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*', parentId: 2, hidden: true },
      ],
      reroutes: REROUTES,
    }),
  'reroutes on top and an old copy in extra': () =>
    root({
      version: 1,
      nodes: [linked(1, null, [3]), linked(2, 3, null)],
      links: [{ id: 3, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*', parentId: 2 }],
      reroutes: REROUTES,
      extra: {
        reroutes: [{ id: 1, pos: [9, 9] }],
        linkExtensions: [{ id: 3, parentId: 2 }, { id: 77, parentId: 1 }, null],
      },
    }),
  'reroutes on top and the same copy in extra': () =>
    root({
      version: 1,
      nodes: [linked(1, null, [3]), linked(2, 3, null)],
      links: [{ id: 3, origin_id: 1, origin_slot: 0, target_id: 2, target_slot: 0, type: '*', parentId: 2 }],
      reroutes: REROUTES,
      extra: { reroutes: REROUTES, linkExtensions: [{ id: 3, parentId: 2 }] },
    }),
  'reroutes in a circle, with wrong and missing links': () =>
    root({
      nodes: [linked(1, null, [3]), linked(2, 3, null)],
      links: [[3, 1, 0, 2, 0, '*']],
      extra: {
        reroutes: [
          { id: 1, parentId: 2, pos: { 0: 1, 1: 2 }, linkIds: [99] },
          { id: 2, parentId: 1, pos: [0, 0] },
          { id: 2 },
          7,
        ],
        linkExtensions: [{ id: 3, parentId: 1, more: true }, { id: 3, parentId: 2 }, { id: 3 }, 'x'],
      },
    }),
  'links to slots and nodes that are not there': () =>
    root({
      nodes: [linked(1, 44, [45, 46]), linked(2, null, null)],
      links: [
        [1, 1, 7, 2, 9, '*'],
        [2, 1, 0, 99, 0, '*'],
        [3, '1', '0', '2', '0', '*'],
        [4, 1, -1, 2, 0, null],
      ],
    }),
  'two links into one input, links in another order': () =>
    root({
      nodes: [linked(1, null, [3, 1]), linked(2, 1, [])],
      links: [
        [1, 1, 0, 2, 0, '*'],
        [3, 1, 0, 2, 0, '*'],
      ],
    }),
  'slots that disagree with the links': () =>
    root({
      nodes: [
        node(1, {
          inputs: [
            { name: 'a', type: '*' },
            { name: 'b', type: '*', link: 'x' },
            { name: 'c', link: 3 },
          ],
        }),
        node(2, { outputs: [{ name: 'a', links: [3, 3] }, { name: 'b', links: 3 }, { name: 'c' }] }),
      ],
      links: [
        [3, 2, 0, 1, 0, '*'],
        [4, 2, 2, 1, 1, '*'],
      ],
    }),
  'slots of one name, without name, not slots': () =>
    root({
      nodes: [
        node(1, {
          inputs: [
            { name: 'a' },
            { name: 'a' },
            { name: 'a~2' },
            {},
            { name: 4 },
            { name: 'x/y' },
            { name: '__proto__' },
          ],
        }),
        node(2, { inputs: ['a', 'b'], outputs: [null] }),
        node(3, { inputs: null, outputs: {} }),
        node(4, { inputs: [], outputs: 'none' }),
      ],
    }),
  'ids twice': () =>
    root({
      nodes: [linked(1, null, [1]), linked(1, 1, null), node('1'), node('1~2'), node(2)],
      links: [
        [1, 1, 0, 1, 0, '*'],
        [1, 1, 0, 2, 0, '*'],
      ],
      groups: [
        { id: 1, title: 'a', bounding: [0, 0, 1, 1] },
        { id: 1, title: 'b', bounding: [0, 0, 1, 1] },
      ],
    }),
  'ids as text, none, odd ones': () =>
    root({
      nodes: [node('12'), node('a@b%'), node(''), node(null), node(1.5), node({ id: 1 }), { type: 'none' }],
      links: [
        ['7', '12', 0, 'a@b%', 0, '*'],
        [null, 1, 2, 3, 4, '*'],
      ],
    }),
  'unknown node types and members': () =>
    root({
      nodes: [
        node(1, {
          type: 'Gone?',
          'a/b': 1,
          '/c': 2,
          '#': 3,
          w: 4,
          'w/': 5,
          raw: 6,
          'file/form': 7,
          colour: { deep: [{ er: null }] },
        }),
      ],
      unknown: { a: [1] },
      '#': 1,
      'x/y': 2,
      extra: { 'a/b': 1, '#': 2, '': 3, groupNodes: { g: { nodes: [] } } },
    }),
  'groups without ids': () =>
    root({ groups: [{ title: 'a', bounding: [0, 0, 1, 1], color: '#fff', font_size: 24 }, { title: 'b' }, 'c', null] }),
  'links null, short, long, of both forms': () =>
    root({
      nodes: [linked(1, null, null), linked(2, null, null)],
      links: [
        null,
        [],
        [1],
        [2, 1, 0, 2, 5],
        [3, 1, 9, 2, 6, '*', { more: 1 }, null],
        { id: 4, origin_id: 1, origin_slot: 8, target_id: 2, target_slot: 7, type: '*' },
        'link',
        [[1], 2],
      ],
      floatingLinks: null,
    }),
  'a subgraph': () =>
    root({ nodes: [node(1, { type: SUB })], definitions: { subgraphs: [definition(SUB)], other: 1 } }),
  'subgraphs in subgraphs': () =>
    root({
      nodes: [node(1, { type: SUB })],
      definitions: {
        subgraphs: [definition(SUB, { definitions: { subgraphs: [definition(INNER, { name: 'Inner' })] } })],
      },
    }),
  'subgraphs twice, without id, without contents, not subgraphs': () =>
    root({
      definitions: {
        subgraphs: [
          definition(SUB),
          definition(SUB, { name: 'again', nodes: null, links: 'none' }),
          definition(SUB, {
            definitions: { subgraphs: [definition(SUB)] },
            inputs: [{ name: 'x' }, { name: 'x', linkIds: null }],
          }),
          { name: 'no id', nodes: [node(1)] },
          definition(''),
          definition(7),
          null,
          'x',
        ],
      },
    }),
  'a subgraph with reroutes, floating links and copies': () =>
    root({
      definitions: {
        subgraphs: [
          definition(SUB, {
            reroutes: [{ id: 1, pos: [0, 0], linkIds: [22, 21] }],
            floatingLinks: [{ id: 9, origin_id: 5, origin_slot: 0, target_id: -1, target_slot: -1, type: '*' }],
            extra: {
              reroutes: [{ id: 1, pos: [0, 0], linkIds: [21] }],
              linkExtensions: [{ id: 21, parentId: 1 }],
              x: 1,
            },
          }),
          definition(INNER, { extra: { reroutes: [{ id: 3, pos: [1, 1] }] } }),
        ],
      },
    }),
  'parts of the wrong kind': () =>
    root({ nodes: {}, links: null, groups: 'none', extra: null, definitions: [], floatingLinks: 3, reroutes: {} }),
  'elements of the wrong kind': () =>
    root({
      nodes: ['node', null, 3, [node(1)]],
      groups: [[1]],
      extra: { reroutes: [null], linkExtensions: [] },
      definitions: { subgraphs: null },
    }),
  'nodes whose parts are of the wrong kind': () =>
    root({
      nodes: [
        node(1, { properties: null, flags: [], size: { 0: 1, 1: 2 } }),
        node(2, { properties: [1], flags: 'x', pos: null }),
      ],
    }),
  'nothing at all': () => ({}),
  'numbers that are easy to spoil': () =>
    root({ nodes: [node(1, { pos: [1e300, 5e-324], x: [1e21, 0.1, 9007199254740991] })] }),
  'members named __proto__': () =>
    JSON.parse(
      `{"nodes":[{"id":1,"type":"T","__proto__":{"a":1},"properties":{"__proto__":[1],"~__proto__":2},"flags":{"__proto__":null},
        "widgets_values":{"__proto__":5},"deep":{"x":[{"__proto__":{"__proto__":1},"~__proto__":{"y":2}}]}},
        {"id":2,"type":"T","widgets_values":[1],"widgets_values_named":{"__proto__":1},"inputs":[{"name":"__proto__","__proto__":7,"link":null}]}],
        "__proto__":{"b":1},"extra":{"__proto__":{"reroutes":[]},"reroutes":[{"id":1,"__proto__":3}]},"links":[],"version":0.4,
        "groups":[{"__proto__":1}],"definitions":{"__proto__":1,"subgraphs":[{"id":"__proto__","nodes":[],"__proto__":{}}]}}`,
    ),
};

export function uglyWorkflows(): { readonly name: string; readonly json: JsonObject }[] {
  return Object.entries(CASES).map(([name, make]) => ({ name, json: JSON.parse(JSON.stringify(make())) }));
}
