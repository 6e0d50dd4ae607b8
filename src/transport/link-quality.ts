/** What a link is like now, as the browser's own figures tell. */
export interface LinkQuality {
  /** `relayed`: by way of a TURN server. */
  readonly route: 'direct' | 'relayed';
}

/** @param stats of an RTCPeerConnection: the candidate pair in use, and its two ends (W3C webrtc-stats). */
export function qualityFrom(stats: ReadonlyMap<string, RTCStats>): LinkQuality | null {
  const all = [...stats.values()] as (RTCStats & Record<string, unknown>)[];
  const transport = all.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId);
  const pair =
    all.find(({ id }) => id === transport?.selectedCandidatePairId) ??
    // Firefox has no transport figures; it marks the pair itself.
    all.find(({ type, selected }) => type === 'candidate-pair' && selected === true);
  if (!pair) return null;
  const ends = all.filter(({ id }) => id === pair.localCandidateId || id === pair.remoteCandidateId);
  return { route: ends.some(({ candidateType }) => candidateType === 'relay') ? 'relayed' : 'direct' };
}
