/** Where sessions of an extension meet that was built for a team or a public portal. */
export interface BuiltPlaces {
  readonly portal: string;
  readonly signaling: string;
  readonly stun: readonly string[];
}

/** Put in by the build; see `npm run site -- --url`. */
declare const NEXUS_PLACES: BuiltPlaces | null | undefined;

/** Null: built for nobody in particular. */
export const BUILT_PLACES: BuiltPlaces | null = typeof NEXUS_PLACES === 'undefined' ? null : (NEXUS_PLACES ?? null);
