/** The portal's own workflows in the frontend's template browser: all of them run without a ComfyUI. */
import { empty, json, type RouteHandler, text } from './provider.ts';
import { starterWorkflow } from './starter-workflow.ts';
import { workflowFile, workflowNode } from './workflow-node.ts';

interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Colours of its thumbnail: ground and figure. */
  readonly colors: readonly [string, string];
  readonly workflow: ReturnType<typeof workflowFile>;
}

const scaleAndSave = workflowFile(
  [
    workflowNode(1, 'LoadImage', [60, 140], [300, 320], {
      title: 'Choose a picture',
      image: [1],
      more: ['MASK'],
      values: ['', 'image'],
    }),
    workflowNode(2, 'ImageScaleBy', [430, 140], [270, 90], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 1 }],
      image: [2],
      values: ['lanczos', 0.5],
    }),
    workflowNode(3, 'SaveImage', [770, 140], [320, 320], {
      inputs: [{ name: 'images', type: 'IMAGE', link: 2 }],
      values: ['scaled/picture'],
    }),
  ],
  [
    [1, 1, 0, 2, 0, 'IMAGE'],
    [2, 2, 0, 3, 0, 'IMAGE'],
  ],
);

const blendAndBlur = workflowFile(
  [
    workflowNode(1, 'EmptyImage', [60, 120], [270, 150], { image: [1], values: [512, 512, 1, 0xcc3366] }),
    workflowNode(2, 'EmptyImage', [60, 340], [270, 150], { image: [2], values: [512, 512, 1, 0x33cc99] }),
    workflowNode(3, 'ImagePadForOutpaint', [400, 340], [270, 180], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 2 }],
      image: [3],
      more: ['MASK'],
      values: [128, 128, 128, 128, 0],
    }),
    workflowNode(4, 'ImageBlend', [740, 180], [270, 130], {
      inputs: [
        { name: 'image1', type: 'IMAGE', link: 1 },
        { name: 'image2', type: 'IMAGE', link: 3 },
      ],
      image: [4],
      values: [0.5, 'screen'],
    }),
    workflowNode(5, 'ImageBlur', [740, 380], [270, 110], {
      inputs: [{ name: 'image', type: 'IMAGE', link: 4 }],
      image: [5],
      values: [15, 1],
    }),
    workflowNode(6, 'PreviewImage', [1080, 180], [320, 360], {
      inputs: [{ name: 'images', type: 'IMAGE', link: 5 }],
    }),
  ],
  [
    [1, 1, 0, 4, 0, 'IMAGE'],
    [2, 2, 0, 3, 0, 'IMAGE'],
    [3, 3, 0, 4, 1, 'IMAGE'],
    [4, 4, 0, 5, 0, 'IMAGE'],
    [5, 5, 0, 6, 0, 'IMAGE'],
  ],
);

const TEMPLATES: readonly Template[] = [
  {
    name: 'nexus_two_colours',
    title: 'Two colours, inverted',
    description: 'The first workflow of the portal: press Run and see a picture.',
    colors: ['#cc9900', '#003399'],
    workflow: starterWorkflow,
  },
  {
    name: 'nexus_scale_and_save',
    title: 'Scale a picture',
    description: 'Upload a picture, make it smaller, save it.',
    colors: ['#33475b', '#ffb454'],
    workflow: scaleAndSave,
  },
  {
    name: 'nexus_blend_and_blur',
    title: 'Blend and blur',
    description: 'Pads one picture, blends it over another, softens the edge.',
    colors: ['#cc3366', '#33cc99'],
    workflow: blendAndBlur,
  },
];

function index(): unknown {
  const templates = TEMPLATES.map(({ name, title, description }) => ({
    name,
    title,
    description,
    mediaType: 'image',
    mediaSubtype: 'svg',
    tags: ['Image'],
    openSource: true,
  }));
  return [{ moduleName: 'default', category: 'Portal', title: 'Nexus Mesh', type: 'image', templates }];
}

function thumbnail([ground, figure]: Template['colors']): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 4 4"><path fill="${ground}" d="M0 0h4v4H0z"/><path fill="${figure}" d="M1 1h2v2H1z"/></svg>`;
}

/** `templates/**`: the index in any language, workflows and thumbnails. */
export const templateRoutes: RouteHandler = ({ method, path }) => {
  const file = /^templates\/([\w.-]+)$/.exec(path)?.[1];
  if (method !== 'GET' || file === undefined) return null;
  if (file === 'index_logo.json') return json({});
  if (/^index(\.[\w-]+)?\.json$/.test(file)) return json(index());
  for (const { name, workflow, colors } of TEMPLATES) {
    if (file === `${name}.json`) return json(workflow);
    if (file.startsWith(`${name}-`)) return text(thumbnail(colors), 200, 'image/svg+xml');
  }
  return empty(404);
};
