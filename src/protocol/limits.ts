/** Limits of what a message may hold, checked while decoding. Rates and queues are the business of who receives. */

/** Largest message on the document channel, in bytes: a paste of some thousand nodes. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Ops in one transaction. A whole large workflow pasted at once has some ten thousand records. */
export const MAX_OPS = 50_000;
/** Fields of one record, and parts of one text change. */
export const MAX_FIELDS = 20_000;
/** Longest key and field name, in UTF-16 units. */
export const MAX_KEY_LENGTH = 300;
export const MAX_FIELD_NAME_LENGTH = 500;
/** Longest text that one splice may touch or that a field may hold, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
/** Nesting and count of values inside one field. */
export const MAX_VALUE_DEPTH = 200;
export const MAX_VALUE_NODES = 500_000;
/** People in one roster. */
export const MAX_PEOPLE = 1000;
/** Keys that a refusal names. More are left out. */
export const MAX_REFUSED_KEYS = 100;
export const MAX_NAME_LENGTH = 40;
/** Longest id of a client (one page of one person) and of a room's name. */
export const MAX_CLIENT_ID_LENGTH = 64;
export const MAX_ROOM_NAME_LENGTH = 80;
/** Blocks of ids in one message. */
export const MAX_LEASES = 64;
/** Largest snapshot, unpacked, in bytes: about half a million nodes. Bounds what a small compressed one can grow to. */
export const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** Payload of one part of a snapshot on the bulk channel, in bytes: with headers one frame. */
export const SNAPSHOT_PART_BYTES = 60 * 1024;
/** Longest chat message, in UTF-16 units, and most lines of one message of the host. */
export const MAX_CHAT_LENGTH = 2000;
export const MAX_CHAT_LINES = 1000;
/** Selected records that others are told of. */
export const MAX_LOOK_KEYS = 50;
/** Nodes and inputs that are locked or open, together. */
export const MAX_LOCKS = 500;
/** Banned people in one list. */
export const MAX_BANS = 1000;
/** Pages on one roster, and its bytes: 45 a page. */
export const MAX_PAGES = 4096;
export const MAX_ROSTER_BYTES = 256 * 1024;
/** Links to other guests that one page holds at most. */
export const MAX_MESH_LINKS = 12;
/** Longest session description or candidate that the host passes on, in UTF-16 units. Honest ones have about 1,000. */
export const MAX_SIGNAL_LENGTH = 8 * 1024;
/** Cursors in one batch of a large room: less than a packet of the network. */
export const MAX_CURSORS = 64;
