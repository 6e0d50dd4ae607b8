/** By hand in classic nodes; whoever watches has Nodes 2.0. */
import { testLocalEdits } from '../support/local-edits.ts';

testLocalEdits(['classic', 'vue']);
