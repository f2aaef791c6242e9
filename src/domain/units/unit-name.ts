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

/** The text that was escaped so; null: nothing is. */
export function unescapedFromUnit(escaped: string): string | null {
  if (!/^(?:[A-Za-z0-9:_.-]|\\x[0-9a-fA-F]{2})*$/.test(escaped)) return null
  const bytes = escaped.replaceAll('-', '/').match(/\\x..|[^\\]/g) ?? []
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return decoder.decode(Uint8Array.from(bytes, byteOf))
  } catch {
    return null
  }
}

function byteOf(part: string): number {
  return part.length === 1 ? part.charCodeAt(0) : Number.parseInt(part.slice(2), 16)
}

/** The daemon's unit, and the template of workers that run without it. */
export const daemonUnit = 'jr-orchestrator.service'
export const workerTemplate = 'jr-queue-worker@.service'

const [prefix, suffix] = ['jr-queue-worker@', '.service']
/** The pattern of all instances. */
export const workerUnits = `${prefix}*${suffix}`

/**
 * The unit of a worker's instance. From the second on its number stands behind the name (`X:2`), as it does for the first where
 * the name could be taken for such a pair: so that two instances never share a unit.
 */
export function workerUnit(jrName: string, instance = 1): string {
  const isPlain = instance === 1 && !/:\d+$/.test(jrName)
  return `${prefix}${escapedForUnit(isPlain ? jrName : `${jrName}:${instance}`)}${suffix}`
}

/** Whose unit it is; null: it is none of a worker. */
export function workerOfUnit(unit: string): { name: string; instance: number } | null {
  if (!unit.startsWith(prefix) || !unit.endsWith(suffix)) return null
  const text = unescapedFromUnit(unit.slice(prefix.length, -suffix.length))
  if (text === null || text === '') return null
  const [, name = text, instance = '1'] = /^(.+):([1-9]\d{0,3})$/s.exec(text) ?? []
  return { name, instance: Number(instance) }
}

/** By which the name of a unit ends. */
export const unitType = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/

/** As systemctl takes names: one without a type is a service. */
export function withUnitType(name: string): string {
  return unitType.test(name) ? name : `${name}.service`
}

/** The template of an instance: `x@a.service` is one of `x@.service`; null: it is no instance. */
export function templateOf(unit: string): string | null {
  const template = unit.replace(/@.+(?=\.[a-z]+$)/, '@')
  return template === unit ? null : template
}

/** A template alone is nothing that runs: `x@.service`. */
export function isTemplate(unit: string): boolean {
  return /@\.[a-z]+$/.test(unit)
}

/** systemd.unit(5): a name may have 255 characters, its type included. */
export const unitNameMax = 255

/** Whether a text can be the name of a unit, its type included (systemd.unit(5)): anything else would be more than a word of a setting. */
export function isUnitName(text: string): boolean {
  return (
    /^[A-Za-z0-9:_.\\@-]+$/.test(text) &&
    unitType.test(text) &&
    !text.startsWith('.') &&
    text.length <= unitNameMax
  )
}
