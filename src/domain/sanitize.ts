/**
 * Text from outside (titles, logs, names) made safe to show: a task's title must not move an operator's cursor, forge a
 * line or turn its direction round. Nothing disappears without a trace, so that a hostile title looks like one.
 */
export interface SanitizeOptions {
  /** Line feeds and tabs are kept. Otherwise they are shown like the other control characters. */
  multiline?: boolean
  /** In code points, the mark of a cut included; at least 1. Default 500. */
  lengthMax?: number
}

/** Ends text that was cut. */
export const cutMark = '…'

/** Stands for what has no picture of its own: bidi controls, invisible characters, lone surrogates, C1 controls. */
const replacement = '\uFFFD'

const esc = String.fromCharCode(0x1b)
const csi = `(?:${esc}\\[|\u009B)[0-?]*[ -/]*[@-~]`
const osc = `(?:${esc}[\\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])\\P{Cc}*(?:\u0007|\u009C|${esc}\\\\)`
/** Whole sequences (ECMA-48 CSI; OSC, DCS, SOS, PM, APC with their end). Each match ends before the next control: linear. */
const escapeSequences = new RegExp(`${csi}|${osc}`, 'gu')

const lineEnds = /\r\n/g
const controls = /\p{Cc}/gu
/** Bidi marks, embeddings and isolates; line and paragraph separators; invisible fillers. Not the joiners of emoji. */
const invisibles =
  /[\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu

/** `text` without anything that a terminal obeys, each piece replaced by a visible sign, cut to a bounded length. */
export function sanitize(text: string, options: SanitizeOptions = {}): string {
  const keep = options.multiline === true ? '\n\t' : ''
  const clean = text
    .toWellFormed()
    .replace(escapeSequences, picture(esc))
    .replace(lineEnds, '\n')
    .replace(controls, (control) => (keep.includes(control) ? control : picture(control)))
    .replace(invisibles, replacement)
  return cut(clean, options.lengthMax ?? 500)
}

/** Unicode has a picture for each C0 control (U+2400 and on) and for delete. */
function picture(control: string): string {
  const code = control.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : replacement
}

function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const start = Array.from(text.slice(0, 2 * lengthMax + 2))
  if (start.length <= lengthMax) return text
  return start.slice(0, lengthMax - 1).join('') + cutMark
}
