/** What kind of picture bytes are, by what they begin with: names and types of a peer prove nothing. */
const KINDS: readonly {
  readonly type: string;
  readonly endings: readonly string[];
  readonly at: readonly [number, string][];
}[] = [
  { type: 'image/png', endings: ['png'], at: [[0, '\x89PNG\r\n\x1a\n']] },
  { type: 'image/jpeg', endings: ['jpg', 'jpeg'], at: [[0, '\xff\xd8\xff']] },
  { type: 'image/gif', endings: ['gif'], at: [[0, 'GIF8']] },
  {
    type: 'image/webp',
    endings: ['webp'],
    at: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
];

/** Null for anything but PNG, JPEG, GIF and WebP. */
export function pictureKind(bytes: Uint8Array): { readonly type: string; readonly endings: readonly string[] } | null {
  const has = (at: number, text: string): boolean =>
    [...text].every((character, index) => bytes[at + index] === character.charCodeAt(0));
  return KINDS.find(({ at }) => at.every(([offset, text]) => has(offset, text))) ?? null;
}
