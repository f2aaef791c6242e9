import { readdir } from 'node:fs/promises'

/** What lies below a folder of units by names of ours. */
export interface OwnUnits {
  /** Files and drop-ins, below the folder. */
  files: string[]
  /** Units that are linked to be started with a target or timer. */
  enabled: string[]
  /** Files that were set aside, of which some are of whoever was there before us. */
  asides: string[]
}

const ownName =
  /^(?:jr-orchestrator\.service|jr-health-check\.(?:service|timer)|jr-queue-worker@[^/]*\.service)$/
const aside = /\.bak\d*$/
/** Of a folder of drop-ins only the one file is ours; the others are the administrator's. */
const ownDropIn = 'jrctl.conf'
const foldersMax = 10_000

/** By names alone; whose a file is, its seal tells. */
export async function findOwnUnits(folder: string): Promise<OwnUnits> {
  const names = (await listed(folder)).slice(0, foldersMax)
  const files = names.filter((name) => ownName.test(name))
  const enabled = new Set<string>()
  for (const name of names) {
    if (name.endsWith('.d') && ownName.test(name.slice(0, -2))) {
      if ((await listed(`${folder}/${name}`)).includes(ownDropIn)) files.push(`${name}/${ownDropIn}`)
    } else if (/\.(?:wants|requires)$/.test(name)) {
      for (const unit of await listed(`${folder}/${name}`)) if (ownName.test(unit)) enabled.add(unit)
    }
  }
  const asides = names.filter((name) => aside.test(name) && ownName.test(name.replace(aside, '')))
  return { files: files.sort(), enabled: [...enabled].sort(), asides: asides.sort(byAge) }
}

/** `.bak` is older than `.bak2`, and that than `.bak10`. */
function byAge(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : 1)
}

function listed(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
