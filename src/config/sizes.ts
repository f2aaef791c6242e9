/** A number and its unit, as `"512M"` or `"1.5G"`: powers of 1024, as memory and disks of logs are counted. */
export const sizePattern = /^\d{1,12}(\.\d{1,6})?(B|K|M|G|T)$/

const unitBytes = { B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const
type Unit = keyof typeof unitBytes

/** Bytes, rounded to a whole one; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  if (!sizePattern.test(text)) return undefined
  return Math.round(Number(text.slice(0, -1)) * unitBytes[text.slice(-1) as Unit])
}

/** The shortest exact form. */
export function formatSize(bytes: number): string {
  const unit = (['T', 'G', 'M', 'K'] as const).find((one) => bytes !== 0 && bytes % unitBytes[one] === 0)
  return unit === undefined ? `${bytes}B` : `${bytes / unitBytes[unit]}${unit}`
}

/** Both ends are allowed. */
export interface SizeRange {
  minBytes: number
  maxBytes: number
}

/** What somebody probably meant who wrote a size in another way (`512`, `"2 GiB"`, `"100mb"`), or null. */
export function suggestSize(found: unknown, range: SizeRange): string | null {
  const bytes = typeof found === 'number' ? found : meantBytes(found)
  const isMeant = Number.isSafeInteger(bytes) && bytes >= range.minBytes && bytes <= range.maxBytes
  return isMeant ? formatSize(bytes) : null
}

function meantBytes(found: unknown): number {
  const match =
    typeof found === 'string' ? /^\s*(\d{1,12}(?:\.\d{1,6})?)\s*([bkmgt]?)i?b?\s*$/i.exec(found) : null
  if (match === null) return Number.NaN
  const unit = (match[2] ?? '').toUpperCase()
  return Math.round(Number(match[1]) * unitBytes[unit === '' ? 'B' : (unit as Unit)])
}
