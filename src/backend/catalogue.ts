import { DIFFUSION_NODES } from './catalogue-diffusion.ts';
import { IMAGE_NODES } from './catalogue-image.ts';
import { type Catalogue, type InputGroup, type NodeInfo, nodeInfo } from './catalogue-types.ts';

export type { Catalogue, NodeInfo } from './catalogue-types.ts';

/** The node types of the embedded backend. */
export const CATALOGUE: Catalogue = Object.fromEntries(
  Object.entries({ ...IMAGE_NODES, ...DIFFUSION_NODES }).map(([name, facts]) => [name, nodeInfo(name, facts)]),
);

/** The catalogue with the names of the pictures that are there to load. */
export function catalogueWith(inputFiles: readonly string[]): Catalogue {
  const withFiles = (info: NodeInfo | undefined): NodeInfo | null => {
    const required = info?.input.required;
    if (!info || !required?.image) return null;
    const image: InputGroup = { image: [inputFiles, { image_upload: true }] };
    return { ...info, input: { ...info.input, required: { ...required, ...image } } };
  };
  const changed = ['LoadImage', 'LoadImageMask'].flatMap((name) => {
    const info = withFiles(CATALOGUE[name]);
    return info ? [[name, info] as const] : [];
  });
  return { ...CATALOGUE, ...Object.fromEntries(changed) };
}
