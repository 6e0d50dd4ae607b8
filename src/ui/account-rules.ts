/** What an admin account must be. The host room checks it again. */

export const MAX_ACCOUNT_NAME_CHARS = 40;
export const MIN_PASSWORD_CHARS = 8;
export const MAX_PASSWORD_CHARS = 200;

export type AccountProblem =
  | 'name-empty'
  | 'name-space'
  | 'name-long'
  | 'password-space'
  | 'password-short'
  | 'password-long';

/** The first thing that is wrong, or null. Spaces would make `/login name password` ambiguous. */
export function accountProblem(name: string, password: string): AccountProblem | null {
  if (name === '') return 'name-empty';
  // What cannot be seen counts as a space.
  if (/[\s\p{Cc}\p{Cf}]/u.test(name)) return 'name-space';
  if ([...name].length > MAX_ACCOUNT_NAME_CHARS) return 'name-long';
  return passwordProblem(password);
}

export function passwordProblem(password: string): AccountProblem | null {
  if (/\s/u.test(password)) return 'password-space';
  const length = [...password].length;
  if (length < MIN_PASSWORD_CHARS) return 'password-short';
  return length > MAX_PASSWORD_CHARS ? 'password-long' : null;
}
