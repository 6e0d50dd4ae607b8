import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AFTERGLOW_MS, Gestures, TYPING_PAUSE_MS } from '../../src/comfy/gesture.ts';

function clocked(): { gestures: Gestures; pass: (ms: number) => void } {
  let now = 0;
  const gestures = new Gestures(() => now);
  return { gestures, pass: (ms) => (now += ms) };
}

test('D6: all edits from press to release, and what the release sets off, are one step', () => {
  const { gestures, pass } = clocked();
  gestures.pointerDown();
  const first = gestures.current();
  pass(60_000);
  assert.equal(gestures.current(), first);
  gestures.pointerUp();
  pass(AFTERGLOW_MS - 1);
  assert.equal(gestures.current(), first);
  pass(2);
  assert.notEqual(gestures.current(), first);
});

test('D6: the next press begins another step', () => {
  const { gestures } = clocked();
  gestures.pointerDown();
  const first = gestures.current();
  gestures.pointerUp();
  gestures.pointerDown();
  assert.notEqual(gestures.current(), first);
});

test('D6: a run of typing in one field is one step; a pause or another field ends it', () => {
  const { gestures, pass } = clocked();
  const [prompt, other] = [{}, {}];
  gestures.typing(prompt);
  const run = gestures.current();
  for (let key = 0; key < 10; key++) {
    pass(TYPING_PAUSE_MS - 1);
    gestures.typing(prompt);
    assert.equal(gestures.current(), run);
  }
  pass(TYPING_PAUSE_MS + 1);
  gestures.typing(prompt);
  const second = gestures.current();
  assert.notEqual(second, run);
  gestures.typing(other);
  assert.notEqual(gestures.current(), second);
});

test('D6: each key outside of text is a step, but not while the pointer is pressed', () => {
  const { gestures } = clocked();
  gestures.key();
  const first = gestures.current();
  gestures.key();
  assert.notEqual(gestures.current(), first);
  gestures.pointerDown();
  const drag = gestures.current();
  gestures.key();
  assert.equal(gestures.current(), drag);
});

test('edits without a hand are a step each', () => {
  const { gestures } = clocked();
  assert.notEqual(gestures.current(), gestures.current());
});
