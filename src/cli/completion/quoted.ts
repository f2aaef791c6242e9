/** A text as one word of a shell; sh, bash and zsh read it so. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** As fish reads it, where a backslash means something between single quotes. */
export function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A script as it stands, but for `$\{`, which is written for `${`: that would be the template's own. */
export function shell(script: TemplateStringsArray): string {
  return script.raw.join('').replaceAll('$\\{', '${')
}
