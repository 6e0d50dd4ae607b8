import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reachOf } from '../../src/app/reach.ts';

const PUBLIC = 'wss://peers.example.org/';

describe('who can open an invite link', () => {
  it('is told by the address of the portal', () => {
    const reaches: [string, ReturnType<typeof reachOf>][] = [
      ['http://127.0.0.1:8787/', 'this-computer'],
      ['http://localhost:8787/', 'this-computer'],
      ['http://[::1]:8787/', 'this-computer'],
      ['http://192.168.1.5:8787/', 'this-network'],
      ['http://172.20.0.2/', 'this-network'],
      ['http://studio/', 'this-network'],
      ['http://studio.local/', 'this-network'],
      ['http://[fd00::1]/', 'this-network'],
      ['https://team.github.io/nexus/', 'anywhere'],
      ['https://172.32.0.1/', 'anywhere'],
      ['https://[2001:db8::1]/', 'anywhere'],
    ];
    for (const [portalUrl, reach] of reaches) assert.equal(reachOf({ portalUrl, signaling: PUBLIC }), reach, portalUrl);
  });

  it('reaches no further than the place where people meet', () => {
    const portalUrl = 'https://team.example.org/';
    assert.equal(reachOf({ portalUrl, signaling: 'ws://127.0.0.1:9000/' }), 'this-computer');
    assert.equal(reachOf({ portalUrl, signaling: 'ws://10.0.0.4:9000/' }), 'this-network');
  });
});
