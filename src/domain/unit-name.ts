/**
 * A text as systemd escapes it within the name of a unit (systemd.unit(5), "String escaping for inclusion in unit names"):
 * `Research Jr.` is `Research\x20Jr.`, "/" is "-".
 */
export function escapedForUnit(text: string): string {
  return [...Buffer.from(text)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte)
      if (character === '/') return '-'
      const isPlain = /[A-Za-z0-9:_.]/.test(character) && !(index === 0 && character === '.')
      return isPlain ? character : `\\x${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

/** The daemon's unit, and that of a worker which runs without it. */
export const daemonUnit = 'jr-orchestrator.service'

export function workerUnit(jrName: string): string {
  return `jr-queue-worker@${escapedForUnit(jrName)}.service`
}
