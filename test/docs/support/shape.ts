/**
 * The first line of what a page shows that was not said, in that order; null: all was. Numbers and spaces may differ, `…`
 * stands for anything within a line, and a line of its own for any lines; lines that the page leaves out do no harm.
 */
export function missingLine(shown: string, said: string): string | null {
  const rest = said.split('\n')
  for (const line of shown.split('\n')) {
    if (line.trim() === '' || line.trim() === '…') continue
    const at = rest.findIndex((candidate) => shapeOf(line).test(candidate))
    if (at < 0) return line
    rest.splice(0, at + 1)
  }
  return null
}

/** A number, or a duration or size, which on another machine has another unit. */
const figure = /(\d(?:[\d.,]*\d)?)(?:\s+(ms|s|min|h|d|[KMG]iB)\b)?/
const figures = { number: String.raw`\d[\d.,]*`, duration: '(?:ms|s|min|h|d)', size: '[KMG]iB' }

function shapeOf(line: string): RegExp {
  const pattern = line
    .trim()
    .split(new RegExp(figure, 'g'))
    // Of three parts that the expression leaves, one is text, the others are a number and its unit.
    .map((part, index) =>
      index % 3 === 0 ? textShape(part) : index % 3 === 1 ? figures.number : unitShape(part),
    )
    .join('')
  return new RegExp(`^\\s*${pattern}\\s*$`)
}

function textShape(text: string): string {
  return text
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\s*…\s*/g, '…')
    .replaceAll(/\s+/g, String.raw`\s+`)
    .replaceAll('…', '.*')
}

function unitShape(unit: string | undefined): string {
  if (unit === undefined) return ''
  const { number, duration, size } = figures
  return unit.endsWith('iB') ? `\\s+${size}` : `\\s+${duration}(?:\\s+${number}\\s+${duration})?`
}
