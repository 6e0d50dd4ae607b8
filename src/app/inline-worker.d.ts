/** A module and all that it imports as one script in a text; the path is from the project's root. */
declare module 'inline-worker:*' {
  const source: string;
  export default source;
}
