import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { findOwnUnits } from '../adapters/install/own-units.ts'
import { createSystemctl } from '../adapters/install/systemctl.ts'
import type { Scope } from '../domain/install/layout.ts'
import type { UnitsFound } from '../domain/units/unit-agreement.ts'
import { workerUnits } from '../domain/units/unit-name.ts'
import { layoutHere } from './noted-layouts.ts'
import { placeOf } from './place.ts'

/** The units of workers that this machine has, or this account. @throws Error when systemd, or the folder of its units, is closed to us */
export async function findWorkerUnits(scope: Scope, process: NodeJS.Process): Promise<UnitsFound> {
  const manager = createSystemctl({ of: { kind: scope }, env: process.env })
  const refused = await manager.absent()
  if (refused !== null) throw new Error(refused)
  const { unitFolder } = layoutHere(scope, placeOf(process))
  await access(unitFolder, constants.R_OK | constants.X_OK)
  const [up, { files, enabled }] = await Promise.all([manager.up(workerUnits), findOwnUnits(unitFolder)])
  return { up, enabled, written: files.map(unitOfFile) }
}

/** A unit's file is named as it is, a drop-in lies in `UNIT.d`. */
function unitOfFile(path: string): string {
  return path.replace(/\.d\/.*$/, '')
}
