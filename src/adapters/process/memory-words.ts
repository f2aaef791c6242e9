const units = ['B', 'K', 'M', 'G', 'T'] as const

/** Bytes as the configuration writes them, rounded to what a person reads: `600M`, `1.5G`. */
export function memoryWords(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${Number(value.toFixed(value < 10 ? 1 : 0))}${units[unit]}`
}

/** The cause of an exit that a bound on memory brought about. */
export function overMemory(limitBytes: number, usedBytes: number | null): string {
  const used = usedBytes === null ? '' : ` (used ${memoryWords(usedBytes)})`
  return `over its memory limit of ${memoryWords(limitBytes)}${used}`
}
