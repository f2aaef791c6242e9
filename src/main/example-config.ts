import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openParcels } from '../adapters/parcels/parcels.ts'
import { UserError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { selfPaths } from './self.ts'

/** The documented example: beside a checkout's launcher, or inside this executable. */
export async function exampleConfig({ process, clock }: Pick<Origin, 'process' | 'clock'>): Promise<string> {
  const parcels = openParcels(process.env, clock)
  const folder = parcels === null ? dirname(selfPaths().binDir) : await parcels.folder('samples')
  const path = join(folder, 'config.example.toml')
  return readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new UserError(`${path} is missing`, {
      hint: 'Write a configuration first, and name it with --config PATH.',
    })
  })
}
