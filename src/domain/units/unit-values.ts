/**
 * A word of a unit file, so that it arrives as it is (systemd.syntax(7), "Quoting"; specifiers, `%`, are doubled). Plain words stay
 * plain, for people read these files.
 */
export function word(text: string): string {
  if (/^[A-Za-z0-9_./:@=+,-]+$/.test(text)) return text
  const escaped = text
    .replaceAll(/["\\]/g, '\\$&')
    // A line ends a setting, whatever is quoted.
    .replaceAll(/\p{Cc}/gu, controlAsText)
  return `"${literally(escaped)}"`
}

/** One of a command line (systemd.service(5), "Command lines"): there variables are replaced too. */
export function argument(text: string): string {
  return word(text).replaceAll('$', '$$$$')
}

/** A path that takes a setting's whole line, unquoted, and may be a pattern: that of EnvironmentFile=. See `fitsLine`. */
export function patternOf(path: string): string {
  return literally(path.replaceAll(/[\\*?[\]]/g, '\\$&'))
}

/**
 * Whether a text can be a setting's whole line: no line breaks, nothing at its ends that would be taken off, or go on; and no code
 * points that are no characters, for which systemd refuses all of a unit.
 */
export function fitsLine(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\p{NChar}]/u.test(text) && text.trim() === text && !text.endsWith('\\')
}

function literally(text: string): string {
  return text.replaceAll('%', '%%')
}

/** Those beyond ASCII are two bytes of UTF-8, and end nothing. */
function controlAsText(control: string): string {
  const code = control.charCodeAt(0)
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : control
}
