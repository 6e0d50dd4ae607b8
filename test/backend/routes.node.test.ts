import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRouteMap } from '../../src/backend/routes.ts';

const routes = createRouteMap('http://host.test:8787/some/path/?x=1');

describe('which addresses are the backend’s', () => {
  for (const [address, path] of [
    ['/some/path/api/object_info', 'object_info'],
    ['api/settings/Comfy.X', 'settings/Comfy.X'],
    ['http://host.test:8787/some/path/view?filename=a.png', 'view'],
    ['/some/path/internal/logs', 'internal/logs'],
    ['/some/path/api/anything/new', 'anything/new'],
    ['/some/path/upload/image', 'upload/image'],
  ] as const) {
    it(`${address} is`, () => assert.equal(routes.match(address)?.path, path));
  }

  for (const address of [
    '/api/object_info',
    '/some/api/object_info',
    '/some/path/assets/index.js',
    '/some/path/extensions/core/clipspace.js',
    '/some/path/viewer.html',
    '/some/path/nexus/app.js',
    '/some/path/',
    'https://host.test:8787/some/path/api/prompt',
    'http://other.test/some/path/api/prompt',
    'blob:http://host.test:8787/0000',
    'data:text/plain,api',
    'http://[bad',
  ]) {
    it(`${address} is not`, () => assert.equal(routes.match(address), null));
  }

  it('keeps the query', () => assert.equal(routes.match('api/view?type=temp')?.query.get('type'), 'temp'));

  it('the socket beside the page is, another is not', () => {
    assert.ok(routes.isSocket('ws://host.test:8787/some/path/ws?clientId=1'));
    assert.equal(routes.isSocket('ws://host.test:8787/peerjs?id=1'), null);
    assert.equal(routes.isSocket('ws://host.test:9999/some/path/ws'), null);
  });

  it('hosts which the frontend calls by itself are answered in the page, others are not', () => {
    assert.deepEqual(routes.outside('https://api.comfy.org/releases?project=x'), { status: 200, body: '[]' });
    assert.equal(routes.outside('https://huggingface.co/a.safetensors')?.status, 503);
    assert.equal(routes.outside('https://nothuggingface.co/a.safetensors'), null);
    assert.equal(routes.outside('assets/index.js'), null);
    assert.equal(routes.outside('blob:http://host.test:8787/0'), null);
  });

  it('addresses of the frontend’s own files from the root move below the page’s path', () => {
    assert.equal(routes.fixAsset('/assets/favicon.ico'), '/some/path/assets/favicon.ico');
    assert.equal(createRouteMap('http://host.test/').fixAsset('/assets/favicon.ico'), '/assets/favicon.ico');
  });
});
