/**
 * In the bundle this stands in the place of the package that Ink measures text by (bin/bundling.js), which looks at each character
 * of a line with a bar in it; and Ink measures all lines of each frame. It answers the same: half a frame's time is saved.
 */
import stringWidth, { type Options } from 'string-width'
import { isNarrow } from '../../src/text/fit.ts'

const escape = '\u001B'
const styles = new RegExp(`${escape}\\[[\\d;]*m`, 'g')

export default function quickWidth(text: string, options?: Options): number {
  const plain = text.includes(escape) ? text.replaceAll(styles, '') : text
  return options === undefined && isNarrow(plain) ? plain.length : stringWidth(text, options)
}
