/**
 * A channel's name for comparing: `Instagram`, `instagram` and ` instagram ` are one channel. Only the letters A to Z are folded, for
 * databases of different locales fold others differently. Rows keep the name as it was written; in SQL the same is `channelOf`
 * (adapters/postgres/queue-expressions.ts).
 */
export function channelKey(name: string): string {
  return name.replaceAll(/^ +| +$/g, '').replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
