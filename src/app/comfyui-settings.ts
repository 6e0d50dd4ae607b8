import { DEFAULT_BLOCKED, type NodeRules, parseRules } from '../sync/index.ts';
import { PEOPLE, t } from '../ui/index.ts';
import { BUILT_PLACES } from './built-places.ts';

/** As ComfyUI's settings take it; what it shows is in the person's language. */
interface Setting {
  readonly id: string;
  readonly category: readonly string[];
  readonly name: string;
  readonly tooltip?: string;
  readonly type: 'text' | 'boolean' | 'combo';
  readonly options?: readonly { readonly text: string; readonly value: number }[];
  readonly defaultValue: unknown;
  readonly onChange?: (value: unknown) => void;
}

export interface SettingStore {
  get(id: string): unknown;
  set?(id: string, value: unknown): unknown;
}

export const PORTAL = 'NexusMesh.Portal';
export const SIGNALING = 'NexusMesh.Signaling';
export const STUN = 'NexusMesh.Stun';
export const TURN = 'NexusMesh.Turn';
export const TURN_USER = 'NexusMesh.TurnUser';
export const TURN_PASSWORD = 'NexusMesh.TurnPassword';
export const NAME = 'NexusMesh.Name';
export const COLOR = 'NexusMesh.Color';
const CURSORS = 'NexusMesh.Cursors';
const BLOCKED = 'NexusMesh.GuestNodes.Blocked';
const ALLOWED = 'NexusMesh.GuestNodes.Allowed';

/** What a change of a setting does at once; the others are read when they are needed. */
export interface SettingChanges {
  name(name: string): void;
  color(color: number): void;
  cursors(areShown: boolean): void;
}

/** ComfyUI shows sections and settings in the reverse of the order of registering them. */
export function comfyUiSettings(changes: SettingChanges): readonly Setting[] {
  return [...guestSettings(), ...sessionSettings(), ...personSettings(changes)];
}

function personSettings(changes: SettingChanges): readonly Setting[] {
  const category = (name: string): string[] => ['Nexus Mesh', 'You', name];
  return [
    {
      ...{
        id: CURSORS,
        category: category('Cursors'),
        name: t('setting.cursors'),
        type: 'boolean',
        defaultValue: true,
      },
      onChange: (value) => changes.cursors(value !== false),
    },
    {
      ...{ id: COLOR, category: category('Color'), name: t('setting.color'), type: 'combo', defaultValue: -1 },
      options: [{ text: '–', value: -1 }, ...PEOPLE.map((_, index) => ({ text: String(index + 1), value: index }))],
      onChange: (value) => {
        if (typeof value === 'number' && value >= 0) changes.color(value);
      },
    },
    {
      ...{ id: NAME, category: category('Name'), name: t('setting.name'), type: 'text', defaultValue: '' },
      onChange: (value) => changes.name(text(value)),
    },
  ];
}

function sessionSettings(): readonly Setting[] {
  const setting = (id: string, name: string, tooltip?: string): Setting => ({
    ...{ id, category: ['Nexus Mesh', 'Sessions', id], name, type: 'text', defaultValue: '' },
    ...(tooltip === undefined ? {} : { tooltip }),
  });
  return [
    setting(TURN_PASSWORD, t('setting.turnPassword')),
    setting(TURN_USER, t('setting.turnUser')),
    setting(TURN, t('setting.turn'), t('setting.turnHint')),
    setting(STUN, t('setting.stun'), t('setting.stunHint')),
    setting(SIGNALING, t('setting.signaling'), t('setting.signalingHint')),
    setting(
      PORTAL,
      t('setting.portal'),
      BUILT_PLACES ? t('setting.portalBuilt', { portal: BUILT_PLACES.portal }) : t('setting.portalHint'),
    ),
  ];
}

function guestSettings(): readonly Setting[] {
  const setting = (id: string, name: string, tooltip: string, defaultValue: string): Setting => ({
    ...{ id, category: ['Nexus Mesh', 'Guests', id], name, tooltip, type: 'text', defaultValue },
  });
  return [
    setting(ALLOWED, t('setting.allowed'), t('setting.allowedHint'), ''),
    setting(BLOCKED, t('setting.blocked'), t('setting.blockedHint'), DEFAULT_BLOCKED),
  ];
}

/** What guests may not run, as it is set now. */
export function nodeRules(settings: SettingStore | undefined): NodeRules {
  const blocked = settings?.get(BLOCKED);
  return parseRules(typeof blocked === 'string' ? blocked : DEFAULT_BLOCKED, text(settings?.get(ALLOWED)));
}

/** @returns the relay as a browser takes it, or none. */
export function turnServers(settings: SettingStore | undefined): readonly RTCIceServer[] {
  const urls = text(settings?.get(TURN))
    .split(/[\s,]+/)
    .filter((url) => /^turns?:\S+$/.test(url));
  if (urls.length === 0) return [];
  return [{ urls, username: text(settings?.get(TURN_USER)), credential: text(settings?.get(TURN_PASSWORD)) }];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
