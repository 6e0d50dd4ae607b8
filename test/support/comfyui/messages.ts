/** ComfyUI's binary messages, as its server frames them: big-endian. */
const PREVIEW_IMAGE = 1;
const PREVIEW_IMAGE_WITH_METADATA = 4;
const FORMAT_PNG = 2;

/** Type 1: for clients that know no other. */
export function plainPreview(png: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(PREVIEW_IMAGE, 0);
  head.writeUInt32BE(FORMAT_PNG, 4);
  return Buffer.concat([head, png]);
}

/** Type 4: says whose picture it is. */
export function previewWithMetadata(facts: Readonly<Record<string, unknown>>, png: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(facts));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(PREVIEW_IMAGE_WITH_METADATA, 0);
  head.writeUInt32BE(json.length, 4);
  return Buffer.concat([head, json, png]);
}
