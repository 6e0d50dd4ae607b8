import { MAX_RESOLUTION } from './catalogue-image.ts';
import { choice, float, type InputSpec, int, link, type NodeFacts, textInput } from './catalogue-types.ts';

/** Largest seed as a double: 2^64. */
const MAX_SEED = 2 ** 64;
const EXTRAS = 'comfy_extras.nodes_';

const SAMPLERS = choice(
  ...[
    'euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 dpm_2 dpm_2_ancestral lms dpm_fast',
    'dpm_adaptive dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_cfg_pp',
    'dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm',
    'ipndm ipndm_v deis res_multistep res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp',
    'gradient_estimation gradient_estimation_cfg_pp er_sde seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc',
    'uni_pc_bh2',
  ]
    .join(' ')
    .split(' '),
);
const SCHEDULERS = choice(
  ...'simple sgm_uniform karras exponential ddim_uniform beta normal linear_quadratic kl_optimal'.split(' '),
);
const SEED = int(0, 0, MAX_SEED, { control_after_generate: true });
const STEPS = int(20, 1, 10000);
const CFG = float(8, 0, 100, 0.1, { round: 0.01 });
const STRENGTH = float(1, -100, 100, 0.01);
const PROMPT_TEXT = textInput({ multiline: true, dynamicPrompts: true });
/** A file of models: the portal has none, so the list is empty. */
const MODEL_FILE: InputSpec = [[]];
const latentSide = (initial: number, min: number) => int(initial, min, MAX_RESOLUTION, { step: 8 });

/** Models, conditioning, sampling: described for building workflows; running them takes a ComfyUI. */
export const DIFFUSION_NODES: Readonly<Record<string, NodeFacts>> = {
  KSampler: {
    category: 'sampling',
    required: {
      model: link('MODEL'),
      seed: SEED,
      steps: STEPS,
      cfg: CFG,
      sampler_name: SAMPLERS,
      scheduler: SCHEDULERS,
      positive: link('CONDITIONING'),
      negative: link('CONDITIONING'),
      latent_image: link('LATENT'),
      denoise: float(1, 0, 1, 0.01),
    },
    outputs: ['LATENT'],
  },
  KSamplerAdvanced: {
    title: 'KSampler (Advanced)',
    category: 'sampling',
    required: {
      model: link('MODEL'),
      add_noise: choice('enable', 'disable'),
      noise_seed: SEED,
      steps: STEPS,
      cfg: CFG,
      sampler_name: SAMPLERS,
      scheduler: SCHEDULERS,
      positive: link('CONDITIONING'),
      negative: link('CONDITIONING'),
      latent_image: link('LATENT'),
      start_at_step: int(0, 0, 10000),
      end_at_step: int(10000, 0, 10000),
      return_with_leftover_noise: choice('disable', 'enable'),
    },
    outputs: ['LATENT'],
  },
  CheckpointLoaderSimple: {
    title: 'Load Checkpoint',
    category: 'loaders',
    required: { ckpt_name: MODEL_FILE },
    outputs: ['MODEL', 'CLIP', 'VAE'],
  },
  CLIPTextEncode: {
    title: 'CLIP Text Encode (Prompt)',
    category: 'conditioning',
    required: { text: PROMPT_TEXT, clip: link('CLIP') },
    outputs: ['CONDITIONING'],
  },
  CLIPLoader: {
    title: 'Load CLIP',
    category: 'advanced/loaders',
    required: {
      clip_name: MODEL_FILE,
      type: choice(
        ...[
          'stable_diffusion stable_cascade sd3 stable_audio mochi ltxv pixart cosmos lumina2 wan hidream chroma ace',
          'omnigen2 qwen_image hunyuan_image',
        ]
          .join(' ')
          .split(' '),
      ),
    },
    optional: { device: [['default', 'cpu'], { advanced: true }] },
    outputs: ['CLIP'],
  },
  EmptyLatentImage: {
    title: 'Empty Latent Image',
    category: 'latent',
    required: { width: latentSide(512, 16), height: latentSide(512, 16), batch_size: int(1, 1, 4096) },
    outputs: ['LATENT'],
  },
  EmptySD3LatentImage: {
    category: 'latent/sd3',
    module: `${EXTRAS}sd3`,
    required: {
      width: int(1024, 16, MAX_RESOLUTION, { step: 16 }),
      height: int(1024, 16, MAX_RESOLUTION, { step: 16 }),
      batch_size: int(1, 1, 4096),
    },
    outputs: ['LATENT'],
  },
  VAEDecode: {
    title: 'VAE Decode',
    category: 'latent',
    required: { samples: link('LATENT'), vae: link('VAE') },
    outputs: ['IMAGE'],
  },
  VAEEncode: {
    title: 'VAE Encode',
    category: 'latent',
    required: { pixels: link('IMAGE'), vae: link('VAE') },
    outputs: ['LATENT'],
  },
  VAEEncodeForInpaint: {
    title: 'VAE Encode (for Inpainting)',
    category: 'latent/inpaint',
    required: {
      pixels: link('IMAGE'),
      vae: link('VAE'),
      mask: link('MASK'),
      grow_mask_by: int(6, 0, 64, { step: 1 }),
    },
    outputs: ['LATENT'],
  },
  VAELoader: {
    title: 'Load VAE',
    category: 'loaders',
    required: { vae_name: choice('pixel_space') },
    outputs: ['VAE'],
  },
  LoraLoader: {
    title: 'Load LoRA',
    category: 'loaders',
    required: {
      model: link('MODEL'),
      clip: link('CLIP'),
      lora_name: MODEL_FILE,
      strength_model: STRENGTH,
      strength_clip: STRENGTH,
    },
    outputs: ['MODEL', 'CLIP'],
  },
  LoraLoaderModelOnly: {
    category: 'loaders',
    required: { model: link('MODEL'), lora_name: MODEL_FILE, strength_model: STRENGTH },
    outputs: ['MODEL'],
  },
  CLIPSetLastLayer: {
    title: 'CLIP Set Last Layer',
    category: 'conditioning',
    required: { clip: link('CLIP'), stop_at_clip_layer: int(-1, -24, -1, { step: 1 }) },
    outputs: ['CLIP'],
  },
  ConditioningCombine: {
    title: 'Conditioning (Combine)',
    category: 'conditioning',
    required: { conditioning_1: link('CONDITIONING'), conditioning_2: link('CONDITIONING') },
    outputs: ['CONDITIONING'],
  },
  ConditioningZeroOut: {
    category: 'advanced/conditioning',
    required: { conditioning: link('CONDITIONING') },
    outputs: ['CONDITIONING'],
  },
  ControlNetLoader: {
    title: 'Load ControlNet Model',
    category: 'loaders',
    required: { control_net_name: MODEL_FILE },
    outputs: ['CONTROL_NET'],
  },
  ControlNetApplyAdvanced: {
    title: 'Apply ControlNet',
    category: 'conditioning/controlnet',
    required: {
      positive: link('CONDITIONING'),
      negative: link('CONDITIONING'),
      control_net: link('CONTROL_NET'),
      image: link('IMAGE'),
      strength: float(1, 0, 10, 0.01),
      start_percent: float(0, 0, 1, 0.001),
      end_percent: float(1, 0, 1, 0.001),
    },
    optional: { vae: link('VAE') },
    outputs: ['CONDITIONING:positive', 'CONDITIONING:negative'],
  },
  UNETLoader: {
    title: 'Load Diffusion Model',
    category: 'advanced/loaders',
    required: {
      unet_name: MODEL_FILE,
      weight_dtype: choice('default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'),
    },
    outputs: ['MODEL'],
  },
  DualCLIPLoader: {
    category: 'advanced/loaders',
    required: {
      clip_name1: MODEL_FILE,
      clip_name2: MODEL_FILE,
      type: choice('sdxl', 'sd3', 'flux', 'hunyuan_video', 'hidream', 'hunyuan_image'),
    },
    optional: { device: [['default', 'cpu'], { advanced: true }] },
    outputs: ['CLIP'],
  },
  UpscaleModelLoader: {
    title: 'Load Upscale Model',
    category: 'loaders',
    module: `${EXTRAS}upscale_model`,
    required: { model_name: MODEL_FILE },
    outputs: ['UPSCALE_MODEL'],
  },
  ImageUpscaleWithModel: {
    title: 'Upscale Image (using Model)',
    category: 'image/upscaling',
    module: `${EXTRAS}upscale_model`,
    required: { upscale_model: link('UPSCALE_MODEL'), image: link('IMAGE') },
    outputs: ['IMAGE'],
  },
  LatentUpscale: {
    title: 'Upscale Latent',
    category: 'latent',
    required: {
      samples: link('LATENT'),
      upscale_method: choice('nearest-exact', 'bilinear', 'area', 'bicubic', 'bislerp'),
      width: latentSide(512, 0),
      height: latentSide(512, 0),
      crop: choice('disabled', 'center'),
    },
    outputs: ['LATENT'],
  },
  SetLatentNoiseMask: {
    title: 'Set Latent Noise Mask',
    category: 'latent/inpaint',
    required: { samples: link('LATENT'), mask: link('MASK') },
    outputs: ['LATENT'],
  },
  FluxGuidance: {
    category: 'advanced/conditioning/flux',
    module: `${EXTRAS}flux`,
    required: { conditioning: link('CONDITIONING'), guidance: float(3.5, 0, 100, 0.1) },
    outputs: ['CONDITIONING'],
  },
  BasicScheduler: {
    category: 'sampling/custom_sampling/schedulers',
    module: `${EXTRAS}custom_sampler`,
    required: { model: link('MODEL'), scheduler: SCHEDULERS, steps: STEPS, denoise: float(1, 0, 1, 0.01) },
    outputs: ['SIGMAS'],
  },
  SamplerCustomAdvanced: {
    category: 'sampling/custom_sampling',
    module: `${EXTRAS}custom_sampler`,
    required: {
      noise: link('NOISE'),
      guider: link('GUIDER'),
      sampler: link('SAMPLER'),
      sigmas: link('SIGMAS'),
      latent_image: link('LATENT'),
    },
    outputs: ['LATENT:output', 'LATENT:denoised_output'],
  },
  RandomNoise: {
    category: 'sampling/custom_sampling/noise',
    module: `${EXTRAS}custom_sampler`,
    required: { noise_seed: SEED },
    outputs: ['NOISE'],
  },
  BasicGuider: {
    category: 'sampling/custom_sampling/guiders',
    module: `${EXTRAS}custom_sampler`,
    required: { model: link('MODEL'), conditioning: link('CONDITIONING') },
    outputs: ['GUIDER'],
  },
  KSamplerSelect: {
    category: 'sampling/custom_sampling/samplers',
    module: `${EXTRAS}custom_sampler`,
    required: { sampler_name: SAMPLERS },
    outputs: ['SAMPLER'],
  },
  ModelSamplingFlux: {
    category: 'advanced/model',
    module: `${EXTRAS}model_advanced`,
    required: {
      model: link('MODEL'),
      max_shift: float(1.15, 0, 100, 0.01),
      base_shift: float(0.5, 0, 100, 0.01),
      width: latentSide(1024, 16),
      height: latentSide(1024, 16),
    },
    outputs: ['MODEL'],
  },
};
