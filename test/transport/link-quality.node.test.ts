import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { qualityFrom } from '../../src/transport/link-quality.ts';

type Entry = Record<string, unknown> & { id: string; type: string };
const statsOf = (...entries: Entry[]) =>
  new Map(entries.map((entry) => [entry.id, entry as unknown as RTCStats] as const));

const host = { id: 'l', type: 'local-candidate', candidateType: 'host' };
const relay = { id: 'r', type: 'remote-candidate', candidateType: 'relay' };
const reflexive = { id: 's', type: 'remote-candidate', candidateType: 'srflx' };
const pair = (id: string, remote: string, more = {}) => ({
  id,
  type: 'candidate-pair',
  localCandidateId: 'l',
  remoteCandidateId: remote,
  ...more,
});

describe('the route of a link', () => {
  it('is that of the candidate pair in use, not of those that were tried', () => {
    const transport = { id: 't', type: 'transport', selectedCandidatePairId: 'b' };
    const stats = statsOf(transport, host, relay, reflexive, pair('a', 'r'), pair('b', 's'));
    assert.deepEqual(qualityFrom(stats), { route: 'direct' });
    const relayed = statsOf(
      { ...transport, selectedCandidatePairId: 'a' },
      host,
      relay,
      pair('a', 'r'),
      pair('b', 's'),
    );
    assert.deepEqual(qualityFrom(relayed), { route: 'relayed' });
  });

  it('is found in Firefox’s figures, which mark the pair itself', () => {
    const stats = statsOf(host, relay, pair('a', 'r', { selected: true }), pair('b', 's', { selected: false }));
    assert.deepEqual(qualityFrom(stats), { route: 'relayed' });
  });

  it('is unknown before there is one', () => {
    assert.equal(qualityFrom(statsOf(host, pair('a', 'r'))), null);
  });
});
