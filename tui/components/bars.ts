import { bar } from '../../src/text/format.ts'
import type { Drawing } from '../state.ts'

/** Less than the smallest piece of a bar, and yet not nothing. */
const trace = { blocks: '·', ascii: '.', words: '' } as const satisfies Record<Drawing, string>

/** What is shorter would be drawn a third too long, and more. */
const leastEighths = 0.75

/** A bar of `part` (0–1) of `cells`, true to its length as far as it can be drawn; what is smaller than that leaves a mark. */
export function lengthBar(part: number, cells: number, drawing: Drawing): string {
  if (part <= 0 || drawing === 'words') return ''
  if (drawing === 'ascii') return asciiBar(part, cells)
  return part * cells * 8 < leastEighths ? trace.blocks : bar(Math.min(1, part), cells)
}

function asciiBar(part: number, cells: number): string {
  const halves = Math.min(2 * cells, Math.round(part * cells * 2))
  if (halves === 0) return trace.ascii
  return '#'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? ':' : '')
}

const tracks = { blocks: '░', ascii: '.', words: '' } as const satisfies Record<Drawing, string>

/** A bar that shows also how much is missing to the whole. */
export function gauge(part: number, cells: number, drawing: Drawing): string {
  if (drawing === 'words') return ''
  // Whole cells alone: a piece of one would leave a hole before the track.
  const full = Math.max(part > 0 ? 1 : 0, Math.min(cells, Math.round(part * cells)))
  return (drawing === 'ascii' ? '#' : '█').repeat(full) + tracks[drawing].repeat(cells - full)
}
