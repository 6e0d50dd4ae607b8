/** By hand in Nodes 2.0; whoever watches has classic nodes. */
import { testLocalEdits } from '../support/local-edits.ts';

testLocalEdits(['vue', 'classic']);
