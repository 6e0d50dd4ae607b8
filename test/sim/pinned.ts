/**
 * Runs that failed once. Each stays here with what it found, and is run with every test.
 *
 * A seed stands for its run only as long as the simulation asks for random numbers in the same order; when that changes, the
 * run becomes just another one. The tests in test/sync tell the same stories by hand.
 */
export const PINNED: readonly { readonly seed: number; readonly peers: number; readonly found: string }[] = [
  { seed: 54, peers: 4, found: 'An edit joined a transaction that the host had already got by a lost link.' },
  { seed: 18, peers: 4, found: 'Who came back was never told that what it had done before was saved.' },
  { seed: 138, peers: 4, found: 'Two links of one page overtook each other and the host kept the older one.' },
  { seed: 247, peers: 4, found: 'What a crashed host had lost was taken for saved because its count starts anew.' },
  { seed: 1331, peers: 4, found: 'A host that crashed twice before writing anything was taken for the same sitting.' },
  {
    seed: 3245,
    peers: 5,
    found: 'A page that reloaded took what the host had confirmed for saved; then the host crashed.',
  },
  { seed: 3585, peers: 5, found: 'The same, with a node instead of a text.' },
];
