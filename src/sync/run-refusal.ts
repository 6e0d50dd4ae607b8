import { type Action, may, type Rights, refusal } from '../core/permissions.ts';

/** What somebody may not, or cannot now: `code` for programs, the message for a person. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** @throws Refused */
export function mustBeAllowed({ rights }: { readonly rights: Rights }, action: Action): void {
  if (may(rights, action)) return;
  const { code, reason } = refusal(action);
  throw new Refused(code, reason);
}
