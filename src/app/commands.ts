/** What a line typed into the chat means. Pure: nothing is sent for a line that is no message. */
export type ChatCommand =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'nick'; readonly name: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'login'; readonly account: string; readonly password: string }
  | { readonly kind: 'logout' }
  /** No such command. */
  | { readonly kind: 'unknown'; readonly command: string }
  /** The command exists, but not so. */
  | { readonly kind: 'usage'; readonly command: 'nick' | 'login' | 'logout' | 'help' };

/** A line with a slash in front is a command; with two, it is a message that begins with one. */
export function parseChatLine(line: string): ChatCommand {
  if (!line.startsWith('/')) return { kind: 'say', text: line };
  if (line.startsWith('//')) return { kind: 'say', text: line.slice(1) };
  const [word = '', ...rest] = line.slice(1).trim().split(/\s+/);
  switch (word.toLowerCase()) {
    case 'nick':
      return rest.length === 0 ? { kind: 'usage', command: 'nick' } : { kind: 'nick', name: rest.join(' ') };
    case 'login': {
      const [account, password] = rest;
      if (!account || !password || rest.length > 2) return { kind: 'usage', command: 'login' };
      return { kind: 'login', account, password };
    }
    case 'logout':
      return rest.length === 0 ? { kind: 'logout' } : { kind: 'usage', command: 'logout' };
    case 'help':
      return rest.length === 0 ? { kind: 'help' } : { kind: 'usage', command: 'help' };
    default:
      return { kind: 'unknown', command: `/${word}` };
  }
}
