/** What the container files name has to exist: they are not built in the tests. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseArguments } from '../../signaling/main.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

test('the image starts what there is, with options that the command line knows', () => {
  const dockerfile = read('Dockerfile');
  const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  const [, ...words] = JSON.parse(entry) as string[];
  const script = words.find((word) => word.endsWith('.ts')) ?? '';
  assert.ok(existsSync(path.join(ROOT, script)), script);
  const options = words.slice(words.indexOf(script) + 1);
  assert.equal(parseArguments([...options, '--trust-proxy'])?.host, '0.0.0.0');
  for (const [, name = ''] of dockerfile.matchAll(/npx tsx (\S+\.ts)/g))
    assert.ok(existsSync(path.join(ROOT, name)), name);
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
  for (const [, name = ''] of dockerfile.matchAll(/npm run (\w+)/g)) assert.ok(scripts[name], name);
});

test('compose hands over what the server reads', () => {
  const server = read('signaling/main.ts');
  for (const [, name = ''] of read('compose.yaml').matchAll(/^ +(NEXUS_\w+):/gm)) {
    assert.ok(server.includes(`process.env.${name}`), name);
  }
  assert.ok(existsSync(path.join(ROOT, 'deploy/Caddyfile')));
});

test('addresses of STUN and TURN may come from the environment', (t) => {
  t.after(() => {
    delete process.env.NEXUS_TURN_URL;
    delete process.env.NEXUS_TURN_SECRET;
    delete process.env.NEXUS_NATS;
  });
  Object.assign(process.env, { NEXUS_TURN_URL: 'turn:a turn:b', NEXUS_TURN_SECRET: 's', NEXUS_NATS: 'nats://n:4222' });
  const { signaling, nats } = parseArguments([]) ?? {};
  assert.deepEqual([signaling?.turnUrls, signaling?.turnSecret, nats], [['turn:a', 'turn:b'], 's', 'nats://n:4222']);
  assert.deepEqual(parseArguments(['--turn-url', 'turn:c'])?.signaling?.turnUrls, ['turn:c']);
});
