import { mentionsYou } from './chat-text.ts';
import type { ChatMessage, ChatState } from './model.ts';

/** What came while the chat was closed. Pure; the memory is handed in and out. */

export interface ReadMark {
  /** Everything up to this id has been read. Null before the first look at a room. */
  readonly lastId: number | null;
}

export interface Unread {
  readonly mark: ReadMark;
  readonly count: number;
  /** One of them names me. */
  readonly calls: boolean;
  /** The newest of them. */
  readonly newest: ChatMessage | null;
}

export const UNREAD_NOTHING: ReadMark = { lastId: null };

/** `isReading`: the chat is open and can be seen. What was there on entering a room was not meant for me: it counts as read. */
export function countUnread(
  chat: ChatState | undefined,
  mark: ReadMark,
  isReading: boolean,
  me: { readonly id: string | undefined; readonly name: string },
): Unread {
  const none = { count: 0, calls: false, newest: null };
  if (!chat) return { mark: UNREAD_NOTHING, ...none };
  const last = chat.messages.at(-1)?.id ?? 0;
  // A lower id than one already seen: another room.
  if (mark.lastId === null || last < mark.lastId || isReading) return { mark: { lastId: last }, ...none };
  const { lastId } = mark;
  const unread: ChatMessage[] = [];
  for (let at = chat.messages.length - 1; at >= 0 && chat.messages[at]!.id > lastId; at -= 1) {
    const message = chat.messages[at]!;
    if (message.kind === 'chat' && message.personId !== me.id) unread.push(message);
  }
  const calls = unread.some(({ text }) => mentionsYou(text, me.name));
  return { mark, count: unread.length, calls, newest: unread[0] ?? null };
}
