/** Hashes passwords off the main thread. Bundled into a text by itself (scripts/inline-workers.mjs). */
import { atOnce, hashPassword, verifyPassword } from './password-hash.ts';
import type { PasswordAnswer, PasswordJob } from './passwords.ts';

const scope = self as unknown as {
  onmessage: (event: MessageEvent<PasswordJob>) => void;
  postMessage(answer: PasswordAnswer): void;
};

scope.onmessage = async ({ data: { id, password, hash } }) => {
  try {
    const value =
      hash === undefined ? await hashPassword(password, atOnce) : await verifyPassword(password, hash, atOnce);
    scope.postMessage({ id, value });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
