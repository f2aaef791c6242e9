import { dirname } from 'node:path'
import { carriedLicences } from '../adapters/parcels/licences.ts'
import { selfPaths } from './self.ts'

/** The licences that travel inside the executable; of a checkout, where they lie. */
export async function readLicences(): Promise<string> {
  return carriedLicences() ?? licencesLie(dirname(selfPaths().binDir))
}

function licencesLie(root: string): string {
  return `jrctl's licence is ${root}/LICENSE; each package below ${root}/node_modules has its own beside it.`
}
