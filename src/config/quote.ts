/**
 * A text from outside in double quotes, on one line and harmless to a terminal: control characters, invisible ones and
 * those that change the direction of writing are escaped, as TOML does it.
 */
export function quote(text: string): string {
  return harmless(JSON.stringify(text))
}

/** The same without quotes around. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
  })
}
