import { readFile } from 'node:fs/promises'
import { variableIn } from '../../system/environ.ts'
import type { DaemonFacts } from '../../cli/doctor/machine-facts.ts'
import type { Policy } from '../../config/policy.ts'
import { workersVariable } from '../../domain/units/daemon-unit.ts'
import { recordOf } from '../installed-record.ts'
import type { Origin } from '../origin.ts'

/**
 * Whether systemd runs the workers: as the daemon that runs was told, or as the installed units will tell it. This shell's own
 * environment tells neither.
 */
export async function runsByUnits(
  { supervisor }: Pick<Policy, 'supervisor'>,
  daemon: DaemonFacts,
  origin: Pick<Origin, 'installed' | 'process'>,
): Promise<boolean> {
  const told = (daemon.up ? await toldTo(daemon.pid) : null) ?? toldByRecord(origin)
  return (told ?? supervisor.workers) === 'units'
}

/** Null: it was told nothing, or is not for us to see. */
async function toldTo(pid: number): Promise<string | null> {
  return variableIn(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''), workersVariable)
}

function toldByRecord(origin: Pick<Origin, 'installed' | 'process'>): string | null {
  return recordOf(origin)?.profile === 'hardened' ? 'units' : null
}
