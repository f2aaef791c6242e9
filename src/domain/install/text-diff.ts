/** Lines that stay the same are shown so far around each change. */
const contextLines = 3
/** Above so many pairs of lines no common lines are looked for: the one is then shown as replaced by the other. */
const pairsMax = 4_000_000

type Edit = { sign: ' ' | '-' | '+'; line: string }

/**
 * What changes from one text to another, as a unified diff without its two headings; nothing when they are the same. By the longest
 * common subsequence of their lines, a table of all pairs: files of units have some fifty lines.
 */
export function diffLines(before: string, after: string): string[] {
  if (before === after) return []
  return hunksOf(editsOf(linesOf(before), linesOf(after)))
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before.at(-1 - end) === after.at(-1 - end)
  )
    end += 1
  return [
    ...before.slice(0, start).map(same),
    ...middleOf(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ]
}

const same = (line: string): Edit => ({ sign: ' ', line })

function middleOf(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1
  const isTooLarge = before.length * after.length > pairsMax
  const common = isTooLarge ? null : commonTable(before, after)
  const edits: Edit[] = []
  let [one, other] = [0, 0]
  while (one < before.length || other < after.length) {
    const [left, right] = [before[one], after[other]]
    if (left !== undefined && left === right && common !== null) {
      edits.push(same(left))
      one += 1
      other += 1
    } else if (
      left !== undefined &&
      (right === undefined ||
        common === null ||
        (common[(one + 1) * width + other] ?? 0) >= (common[one * width + other + 1] ?? 0))
    ) {
      edits.push({ sign: '-', line: left })
      one += 1
    } else {
      edits.push({ sign: '+', line: right ?? '' })
      other += 1
    }
  }
  return edits
}

/** At [i][j]: how many lines `before` from i and `after` from j have in common, in order. */
function commonTable(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const table = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      table[i * width + j] =
        before[i] === after[j]
          ? (table[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0)
  return table
}

/** The changes with what is around them, each hunk with its line numbers as diff(1) writes them. */
function hunksOf(edits: readonly Edit[]): string[] {
  const lines: string[] = []
  let [oldLine, newLine, index] = [1, 1, 0]
  while (index < edits.length) {
    if (edits[index]?.sign === ' ' && !isNearChange(edits, index)) {
      ;[oldLine, newLine, index] = [oldLine + 1, newLine + 1, index + 1]
      continue
    }
    let end = index
    while (end < edits.length && (edits[end]?.sign !== ' ' || isNearChange(edits, end))) end += 1
    const hunk = edits.slice(index, end)
    const oldCount = hunk.filter(({ sign }) => sign !== '+').length
    const newCount = hunk.filter(({ sign }) => sign !== '-').length
    lines.push(`@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@`)
    lines.push(...hunk.map(({ sign, line }) => `${sign}${line}`))
    ;[oldLine, newLine, index] = [oldLine + oldCount, newLine + newCount, end]
  }
  return lines
}

function isNearChange(edits: readonly Edit[], index: number): boolean {
  const from = Math.max(0, index - contextLines)
  return edits.slice(from, index + contextLines + 1).some(({ sign }) => sign !== ' ')
}

/** An empty range is named by the line before it. */
function range(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`
}
