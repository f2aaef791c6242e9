/** Text as man(7) has it. Literal text keeps its hyphens, quotes and accents: it will be pasted. */

/** Words, for reading. Code between backquotes is set bold. */
export function words(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? protect(escaped(part)) : `\\fB${literal(part)}\\fR`))
    .join('')
}

/** What is to be typed as it stands. */
export function literal(text: string): string {
  const plain = escaped(text)
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('"', '\\(dq')
  return protect(plain)
}

export const bold = (text: string): string => `\\fB${literal(text)}\\fR`

/** An argument of a macro: blanks are its own, quotes would end it. */
export const quoted = (text: string): string => `"${literal(text)}"`

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('\u00a0', '\\ ')
    .replaceAll(
      /[^\n -~]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
}

/** A dot or an accent that begins a line would be a request. */
function protect(text: string): string {
  return text.replaceAll(/^[.']/gm, (sign) => `\\&${sign}`)
}
