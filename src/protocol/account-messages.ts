/** What members and the room say about admin accounts: part of the one union of messages.ts. */
import * as v from 'valibot';

/** In characters. Neither has spaces: `/login name password` has to be unambiguous. */
export const MAX_ACCOUNT_NAME = 40;
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 200;
/** Accounts in one list: more than a room keeps. */
const MAX_ACCOUNTS_LISTED = 100;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** In UTF-16 units, at most two for a character. */
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(2 * maxLength));
/** Nothing invisible: two names that look alike are one. */
const name = v.pipe(text(MAX_ACCOUNT_NAME), v.regex(new RegExp(`^[^\\s\\p{Cc}\\p{Cf}]{1,${MAX_ACCOUNT_NAME}}$`, 'u')));
const password = v.pipe(text(MAX_PASSWORD), v.regex(new RegExp(`^\\S{${MIN_PASSWORD},${MAX_PASSWORD}}$`, 'u')));

/** `ask`: the client's own number, given back with the answer. */
const asking = { ask: uint };
/** What was typed: it need not be a name or a password that could exist. */
const Login = v.strictObject({
  t: v.literal('login'),
  ...asking,
  account: text(MAX_ACCOUNT_NAME),
  password: text(MAX_PASSWORD),
});
const Logout = v.strictObject({ t: v.literal('logout'), ...asking });
/** A new account, or another password for one. */
const SetAccount = v.strictObject({ t: v.literal('account-set'), ...asking, name, password });
const RemoveAccount = v.strictObject({ t: v.literal('account-remove'), ...asking, name });

export const ACCOUNT_ASKS = [Login, Logout, SetAccount, RemoveAccount] as const;

/** Only to those who manage them. `signedIn`: how many people are, by it. */
const AccountsAre = v.strictObject({
  t: v.literal('accounts'),
  accounts: v.pipe(
    v.array(v.strictObject({ name: text(MAX_ACCOUNT_NAME), signedIn: uint })),
    v.maxLength(MAX_ACCOUNTS_LISTED),
  ),
});
/** The account by which this person is signed in. */
const SignedIn = v.strictObject({ t: v.literal('signed-in'), account: v.nullable(text(MAX_ACCOUNT_NAME)) });
const Answer = v.strictObject({
  t: v.literal('account-answer'),
  ask: uint,
  /** `wrong`: the name or the password, which of them is not said. `wait`: too many were wrong; `waitMs` says how long. */
  refused: v.nullable(
    v.picklist(['wrong', 'wait', 'busy', 'is-host', 'not-signed-in', 'not-allowed', 'too-many', 'unknown']),
  ),
  waitMs: v.optional(v.pipe(uint, v.maxValue(86_400_000))),
});

export const ACCOUNT_ANSWERS = [AccountsAre, SignedIn, Answer] as const;

export type AccountAsk = v.InferOutput<(typeof ACCOUNT_ASKS)[number]>;
export type AccountAnswer = v.InferOutput<typeof Answer>;
export type AccountMessage = v.InferOutput<(typeof ACCOUNT_ANSWERS)[number]>;
export type AccountRefusal = NonNullable<AccountAnswer['refused']>;
export type AccountEntry = v.InferOutput<typeof AccountsAre>['accounts'][number];
