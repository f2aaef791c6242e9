export interface Progress {
  /** 0–100, whole. */
  percent: number
  note: string | null
}

const pattern = /^::progress[ \t]+(\d{1,3})(?:\.\d+)?%?(?:[ \t]+(.*\S))?[ \t]*$/

/** `::progress 40 half way` as a command prints it; undefined for any other line, which then is ordinary output. */
export function parseProgressLine(line: string): Progress | undefined {
  const match = line.startsWith('::') ? pattern.exec(line) : null
  const percent = match ? Number(match[1]) : Number.NaN
  if (!(percent <= 100)) return undefined
  return { percent, note: match?.[2] ?? null }
}
