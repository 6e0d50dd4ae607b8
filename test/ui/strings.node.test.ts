import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  catalogues,
  currentLocale,
  fill,
  formatBytes,
  formatWhen,
  nearestLocale,
  onLocaleChange,
  plural,
  type StringKey,
  setLocale,
  t,
} from '../../src/ui/strings.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('string catalogue', () => {
  afterEach(() => setLocale('en'));

  it('every language has the same keys', () => {
    const keys = Object.keys(catalogues.en).sort();
    for (const [locale, catalogue] of Object.entries(catalogues)) {
      assert.deepEqual(Object.keys(catalogue).sort(), keys, locale);
    }
  });

  it('every language has the same placeholders in each sentence, and no empty one', () => {
    for (const [locale, catalogue] of Object.entries(catalogues)) {
      for (const key of Object.keys(catalogues.en) as StringKey[]) {
        assert.deepEqual(placeholders(catalogue[key]), placeholders(catalogues.en[key]), `${locale} ${key}`);
        assert.notEqual(catalogue[key].trim(), '', `${locale} ${key}`);
      }
    }
  });

  it('Chinese is translated: every sentence but names differs from English', () => {
    const same = (Object.keys(catalogues.en) as StringKey[]).filter(
      (key) => catalogues.en[key] === catalogues['zh-CN'][key],
    );
    assert.deepEqual(same, ['app.name']);
  });

  it('T7: a name that looks like a placeholder or like markup stays what it is', () => {
    assert.equal(t('say.joined', { name: '{name} <b>$&</b>' }), '{name} <b>$&</b> joined');
    assert.equal(fill('{toString}', {}), '{toString}');
  });

  it('counts by the language’s own rule', () => {
    assert.equal(plural('banner.unconfirmed', 1), '1 change waits here.');
    assert.equal(plural('banner.unconfirmed', 3), '3 changes wait here.');
    setLocale('zh');
    assert.equal(plural('banner.unconfirmed', 1), '有 1 处改动在此等待。');
  });

  it('takes the nearest language and tells who listens', () => {
    assert.equal(nearestLocale('zh-TW'), 'zh-CN');
    assert.equal(nearestLocale('de'), 'en');
    let heard = 0;
    const stop = onLocaleChange(() => {
      heard += 1;
    });
    setLocale('zh');
    setLocale('zh-CN');
    assert.equal(currentLocale(), 'zh-CN');
    assert.equal(heard, 1);
    stop();
    setLocale('en');
    assert.equal(heard, 1);
  });

  it('writes bytes and times for people', () => {
    assert.equal(formatBytes(0), '0 B');
    assert.equal(formatBytes(412_345), '412 kB');
    assert.equal(formatBytes(1_240_000), '1.2 MB');
    const noon = new Date(2026, 3, 7, 12, 5).getTime();
    assert.match(formatWhen(noon, noon + 1000), /12:05/);
    assert.doesNotMatch(formatWhen(noon, noon + 1000), /Apr/);
    assert.match(formatWhen(noon + 2 * 86_400_000, noon), /Apr 9/);
  });
});
