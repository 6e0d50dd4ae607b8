import { MAX_UPLOAD_BYTES } from './local-routes.ts';
import { maskedPicture, type PictureRef, pictureChannel } from './picture-parts.ts';
import {
  type BackendRequest,
  type BackendResponse,
  fileResponse,
  json,
  type RouteHandler,
  refusal,
  text,
} from './provider.ts';
import type { RunnerFiles } from './runner-protocol.ts';
import type { ImageRef } from './runner-types.ts';
import type { Area, Store, StoredFile } from './store.ts';
import { contentType, safePath } from './userdata.ts';

type FileArea = 'input' | 'output' | 'temp';
const AREAS: readonly string[] = ['input', 'output', 'temp'];
const PICTURE = /\.(png|jpe?g|webp|gif|bmp|avif)$/i;

/** Pictures: uploaded, saved and previewed. Knows the names of all in memory, so that a prompt can be checked at once. */
export class PictureFiles implements RunnerFiles {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #names: Record<FileArea, Set<string>> = { input: new Set(), output: new Set(), temp: new Set() };
  readonly #ready: Promise<void>;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#ready = this.#learn();
  }

  async #learn(): Promise<void> {
    for (const area of ['input', 'output'] as const) {
      for (const file of await this.#store.list(area, '')) this.#names[area].add(file.path);
    }
  }

  async names(area: FileArea): Promise<readonly string[]> {
    await this.#ready;
    return [...this.#names[area]].sort();
  }

  has(name: string): boolean {
    const place = parseName(name);
    return place !== null && this.#names[place.area].has(place.path);
  }

  async read(area: FileArea, path: string): Promise<StoredFile | null> {
    return this.#store.get(area, path);
  }

  async write(area: FileArea, path: string, bytes: Uint8Array): Promise<void> {
    const now = this.#now();
    await this.#store.put(area as Area, path, { bytes, modified: now, created: now });
    this.#names[area].add(path);
  }

  async readImage(name: string): Promise<{ bytes: Uint8Array; type: string } | null> {
    const place = parseName(name);
    const file = place && (await this.#store.get(place.area, place.path));
    return file ? { bytes: file.bytes, type: contentType(place.path) } : null;
  }

  async imageVersion(name: string): Promise<string | null> {
    const place = parseName(name);
    const file = place && (await this.#store.get(place.area, place.path));
    return file ? `${file.modified}/${file.bytes.length}` : null;
  }

  async saveImage(
    area: 'output' | 'temp',
    prefix: string,
    width: number,
    height: number,
    png: Uint8Array,
  ): Promise<ImageRef> {
    await this.#ready;
    const wanted = fillPlaceholders(prefix, width, height, new Date(this.#now()));
    const path = safePath(wanted.replace(/^\/+/, ''));
    if (path === null) {
      throw new Error(`Saving outside the output folder is not allowed: choose another prefix than ${prefix}.`);
    }
    const slash = path.lastIndexOf('/');
    const subfolder = slash < 0 ? '' : path.slice(0, slash);
    const filename = `${path.slice(slash + 1)}_${this.#nextNumber(area, path)}_.png`;
    await this.write(area, subfolder ? `${subfolder}/${filename}` : filename, png);
    return { filename, subfolder, type: area };
  }

  /** One more than the highest number among files of that prefix, five digits. */
  #nextNumber(area: FileArea, prefix: string): string {
    let highest = 0;
    for (const name of this.#names[area]) {
      if (!name.startsWith(`${prefix}_`)) continue;
      const digits = /^(\d+)_/.exec(name.slice(prefix.length + 1));
      if (digits) highest = Math.max(highest, Number(digits[1]));
    }
    return String(highest + 1).padStart(5, '0');
  }
}

/** `folder/name.png [output]`, as the widgets write it; without brackets it is an upload. */
function parseName(name: string): { area: FileArea; path: string } | null {
  const annotated = /^(.*?) ?\[(input|output|temp)\]$/.exec(name);
  const path = safePath(annotated ? annotated[1]! : name);
  return path === null ? null : { area: (annotated?.[2] ?? 'input') as FileArea, path };
}

function fillPlaceholders(prefix: string, width: number, height: number, time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const values: Readonly<Record<string, string>> = {
    width: String(width),
    height: String(height),
    year: String(time.getFullYear()),
    month: two(time.getMonth() + 1),
    day: two(time.getDate()),
    hour: two(time.getHours()),
    minute: two(time.getMinutes()),
    second: two(time.getSeconds()),
  };
  return prefix.replace(/%(\w+)%/g, (whole, name: string) => values[name] ?? whole);
}

/** `view`, `viewvideo`, `view_metadata`, `upload/image`, `upload/mask`, `internal/files/:area`. */
export function fileRoutes(files: PictureFiles): RouteHandler {
  return async (request) => {
    const { path, method } = request;
    if (method === 'GET' && (path === 'view' || path === 'viewvideo')) return view(files, request.query);
    if (method === 'GET' && path.startsWith('view_metadata/')) return text('', 404);
    if (method === 'POST' && (path === 'upload/image' || path === 'upload/mask')) return upload(files, request);
    const listing = /^internal\/files\/(\w+)$/.exec(path)?.[1];
    if (method === 'GET' && listing && AREAS.includes(listing)) {
      return json(
        (await files.names(listing as FileArea)).map((name) => `${name} [${listing}]`.replace(' [input]', '')),
      );
    }
    return null;
  };
}

function place(form: { get(name: string): unknown }): { area: FileArea; folder: string } | null {
  const type = form.get('type') || 'input';
  const folder = String(form.get('subfolder') ?? '').replace(/^\/+|\/+$/g, '');
  if (typeof type !== 'string' || !AREAS.includes(type)) return null;
  return folder !== '' && safePath(folder) === null ? null : { area: type as FileArea, folder };
}

async function view(files: PictureFiles, query: URLSearchParams): Promise<BackendResponse> {
  // ComfyUI's own default here is the output folder.
  const where = place({ get: (name) => query.get(name) ?? (name === 'type' ? 'output' : null) });
  const name = safePath(query.get('filename') ?? '');
  if (!where || name === null) return text('', 400);
  const annotated = /^(.*?) ?\[(input|output|temp)\]$/.exec(name);
  const area = (annotated?.[2] ?? where.area) as FileArea;
  const path = where.folder ? `${where.folder}/${annotated?.[1] ?? name}` : (annotated?.[1] ?? name);
  const file = await files.read(area, path);
  if (!file) return text('', 404);
  const answer = fileResponse(file.bytes, contentType(path), path.slice(path.lastIndexOf('/') + 1));
  const channel = query.get('channel');
  if (channel === null || !(answer.body instanceof Blob)) return answer;
  const body = await pictureChannel(answer.body, channel);
  return { ...answer, headers: { ...answer.headers, 'content-type': body.type }, body };
}

async function upload(files: PictureFiles, request: BackendRequest): Promise<BackendResponse> {
  const form = await request.formData();
  const image = form.get('image');
  const where = place(form);
  if (!(image instanceof Blob) || !where) return text('', 400);
  if (image.size > MAX_UPLOAD_BYTES) {
    const limit = `The limit is ${MAX_UPLOAD_BYTES / 1024 / 1024} MB.`;
    return refusal('file_too_large', 'This picture is too large to upload.', limit, 413);
  }
  const given = safePath(image instanceof File ? image.name : 'image.png');
  if (given === null || !PICTURE.test(given)) {
    const known = 'Known are PNG, JPEG, WebP, GIF, BMP and AVIF.';
    return refusal('unsupported_file', 'Only pictures can be uploaded here.', known, 415);
  }
  let whole: Blob = image;
  if (request.path === 'upload/mask') {
    try {
      whole = await maskedPicture(image, form.get('original_ref'), (ref) => stored(files, ref));
    } catch (error) {
      return refusal('no_mask', error instanceof Error ? error.message : String(error));
    }
  }
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const overwrite = form.get('overwrite') === 'true' || form.get('overwrite') === '1';
  const name = overwrite ? given : await freeName(files, where.area, where.folder, given, bytes);
  await files.write(where.area, where.folder ? `${where.folder}/${name}` : name, bytes);
  return json({ name, subfolder: where.folder, type: where.area });
}

async function stored(files: PictureFiles, ref: PictureRef): Promise<Blob | null> {
  const answer = await view(files, new URLSearchParams({ ...ref }));
  return answer.body instanceof Blob ? answer.body : null;
}

/** `name (1).png` and so on; the same bytes under the same name are the same file. */
async function freeName(
  files: PictureFiles,
  area: FileArea,
  folder: string,
  given: string,
  bytes: Uint8Array,
): Promise<string> {
  const taken = new Set(await files.names(area));
  const dot = given.lastIndexOf('.');
  for (let number = 0; ; number++) {
    const name = number === 0 ? given : `${given.slice(0, dot)} (${number})${given.slice(dot)}`;
    const path = folder ? `${folder}/${name}` : name;
    if (!taken.has(path)) return name;
    const file = await files.read(area, path);
    if (file && equalBytes(file.bytes, bytes)) return name;
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
