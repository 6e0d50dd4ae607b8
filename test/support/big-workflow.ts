import type { Json, JsonObject } from '../../src/core/json.ts';

/** A workflow of this many nodes in one chain, each with a prompt, two widgets and a group for every hundred. */
export function bigWorkflow(count: number): JsonObject {
  const nodes: Json[] = [];
  const links: Json[] = [];
  const groups: Json[] = [];
  for (let id = 1; id <= count; id++) {
    const out = id < count ? [id] : null;
    nodes.push({
      id,
      type: id % 3 === 0 ? 'KSampler' : 'CLIPTextEncode',
      pos: [(id % 100) * 220, Math.floor(id / 100) * 160],
      size: [200, 120],
      flags: id % 5 === 0 ? { collapsed: true } : {},
      order: id - 1,
      mode: 0,
      inputs: [{ name: 'in', type: 'LATENT', link: id > 1 ? id - 1 : null }],
      outputs: [{ name: 'out', type: 'LATENT', links: out, slot_index: 0 }],
      properties: { 'Node name for S&R': 'KSampler', ver: '0.3.64' },
      widgets_values: [`a house, number ${id}`, id, 'fixed'],
      widgets_values_named: { text: `a house, number ${id}`, seed: id, control_after_generate: 'fixed' },
    });
    if (id < count) links.push([id, id, 0, id + 1, 0, 'LATENT']);
    if (id % 100 === 1)
      groups.push({ id: groups.length + 1, title: `row ${id}`, bounding: [0, id, 22000, 160], flags: {} });
  }
  return {
    id: '5b0c1f0e-0d7c-4a3c-9a52-1c6a4b7f1d2e',
    revision: 0,
    last_node_id: count,
    last_link_id: count,
    nodes,
    links,
    groups,
    config: {},
    extra: { ds: { scale: 1, offset: [0, 0] } },
    version: 0.4,
  };
}
