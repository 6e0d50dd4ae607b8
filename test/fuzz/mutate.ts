/** Made from real samples: values with members replaced, taken away, doubled or swapped, then bytes flipped, cut and spliced. */
import fc from 'fast-check';

/** Wrong nearly everywhere; each is as likely as the others. */
const WRONG: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 32,
  2 ** 53,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  '',
  '__proto__',
  'constructor',
  '<img src=x onerror=alert(1)>',
  'x'.repeat(3000),
  '\ud800',
  '../../etc/passwd',
  [],
  {},
  [[[[[[]]]]]],
  new Uint8Array(),
  new Uint8Array(33),
  Array.from({ length: 300 }, (_, index) => index),
  JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}') as unknown,
];
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 't', 'id', 'length', '0', 'hasOwnProperty'];

/** One change: at the so manieth container on the way down, the so manieth member. */
interface Edit {
  readonly way: readonly number[];
  readonly member: number;
  readonly kind: 'replace' | 'drop' | 'double' | 'name' | 'graft' | 'nest';
  readonly wrong: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  way: fc.array(fc.nat(20), { maxLength: 6 }),
  member: fc.nat(30),
  kind: fc.constantFrom('replace', 'drop', 'double', 'name', 'graft', 'nest'),
  wrong: fc.nat(100),
});
const edits = fc.array(edit, { maxLength: 4 });

/** A value like the samples, and mostly unlike them somewhere. */
export function spoiledValue(samples: readonly unknown[]): fc.Arbitrary<unknown> {
  const index = fc.nat(samples.length - 1);
  return fc.tuple(index, index, edits).map(([own, other, changes]) => {
    let value = copy(samples[own]);
    for (const change of changes) value = spoil(value, change, samples[other]);
    return value;
  });
}

/** Bytes like the samples, and mostly unlike them somewhere. */
export function spoiledBytes(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const index = fc.nat(samples.length - 1);
  const flips = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 5 });
  const cut = fc.option(fc.nat(5000), { freq: 3 });
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(index, index, flips, cut, fc.boolean()).map((drawn) => spoilBytes(samples, drawn)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );
}

function spoilBytes(
  samples: readonly Uint8Array[],
  [own, other, flips, cut, isSpliced]: [number, number, [number, number][], number | null, boolean],
): Uint8Array {
  let bytes = Uint8Array.from(samples[own] ?? []);
  for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value;
  if (cut === null) return bytes;
  const head = bytes.subarray(0, cut % (bytes.length + 1));
  const tail = isSpliced
    ? (samples[other] ?? new Uint8Array()).subarray(cut % ((samples[other]?.length ?? 0) + 1))
    : [];
  bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

type Container = unknown[] | Record<string, unknown>;

function spoil(root: unknown, change: Edit, other: unknown): unknown {
  const wrong = copy(WRONG[change.wrong % WRONG.length]);
  const container = descend(root, change.way);
  if (!container) return wrong;
  const names = Object.keys(container);
  const name = names[change.member % Math.max(1, names.length)] ?? '0';
  const value = (container as Record<string, unknown>)[name];
  switch (change.kind) {
    case 'replace':
      put(container, name, wrong);
      break;
    case 'drop':
      if (Array.isArray(container)) container.splice(Number(name), 1);
      else delete container[name];
      break;
    case 'double':
      if (Array.isArray(container)) container.push(value, value);
      else put(container, `${name}2`, value);
      break;
    case 'name':
      put(container, NAMES[change.wrong % NAMES.length] as string, wrong);
      break;
    case 'graft':
      put(container, name, descend(copy(other), change.way) ?? other);
      break;
    case 'nest':
      put(container, name, nested(value, 1 + (change.wrong % 40) * 10));
      break;
  }
  return root;
}

function descend(root: unknown, way: readonly number[]): Container | null {
  let at = asContainer(root);
  for (const step of way) {
    const inner = at && Object.values(at).filter((value) => asContainer(value) !== null);
    const next: Container | null = inner && inner.length > 0 ? (inner[step % inner.length] as Container) : null;
    if (!next) break;
    at = next;
  }
  return at;
}

function asContainer(value: unknown): Container | null {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? (value as Container) : null;
}

/** Also under the name `__proto__`, as an own member: as it comes out of JSON. */
function put(container: Container, name: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(name) || 0] = value;
  else Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true });
}

function nested(value: unknown, depth: number): unknown {
  let inner = value;
  for (let count = 0; count < depth; count++) inner = count % 2 ? { a: inner } : [inner];
  return inner;
}

function copy(value: unknown): unknown {
  return structuredClone(value);
}
