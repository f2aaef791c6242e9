/** A short name of a text's contents, the same for the same text alone: SHA-256, in hex. */
export type Digest = (text: string) => string

const mark = '# jrctl-seal '
const sealLines = /^# jrctl-seal .*\n/gm

/**
 * A file's text with a last line, a comment to systemd, that proves later on that nobody has changed it since. The proof lies in the
 * file and not in a record beside it: an installation that was cut off in the middle then still knows its own files.
 */
export function sealed(text: string, digest: Digest): string {
  const body = text.endsWith('\n') ? text : `${text}\n`
  return `${body}${mark}${digest(body)}\n`
}

/** A file's text without its seal, wherever that stands by now: what there is to be read. */
export function unsealed(text: string): string {
  return text.replaceAll(sealLines, '')
}

/** `ours`: as it was written. `edited`: written by us, changed by somebody. `foreign`: never ours. */
export type Seal = 'ours' | 'edited' | 'foreign'

export function sealOf(text: string, digest: Digest): Seal {
  const at = text.lastIndexOf(`\n${mark}`)
  if (at < 0) return 'foreign'
  const body = text.slice(0, at + 1)
  return text === sealed(body, digest) ? 'ours' : 'edited'
}
