/** By hand in classic nodes; whoever watches has Nodes 2.0. */
import { after } from 'node:test';
import { BoundPair, STUDIO } from '../support/bound-pair.ts';
import { testLocalEdits } from '../support/local-edits.ts';

const opened = BoundPair.open({ build: STUDIO, renderers: ['classic', 'vue'] });
after(async () => (await opened).close());

testLocalEdits(opened);
