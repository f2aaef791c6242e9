import { join } from 'node:path'
import { isSea } from 'node:sea'
import { lookAtRunning, newestMs, type ProgramFiles, textMs } from '../adapters/install/running-program.ts'
import { variableIn } from '../system/environ.ts'
import type { RunningUnit } from '../domain/install/found.ts'
import type { Layout } from '../domain/install/layout.ts'
import type { InstallSeen, InstallWish } from '../domain/install/plan-install.ts'
import { workersVariable } from '../domain/units/daemon-unit.ts'
import { daemonUnit, workerTemplate } from '../domain/units/unit-name.ts'
import type { Clock } from '../ports/clock.ts'
import type { UnitLife } from '../ports/unit-manager.ts'
import type { InstallPlace } from './run-install-place.ts'
import { selfPaths } from './self.ts'

/** How our units run now, and whether systemd has read what they say. */
export async function seeRunning(
  { units, files, layout, program }: InstallWish,
  { manager }: InstallPlace,
  clock: Clock,
): Promise<Pick<InstallSeen, 'running' | 'isUnread'>> {
  if (manager === null || program.kind === 'refused') return { running: new Map(), isUnread: false }
  const below = files.map(({ path }) => path.slice(layout.unitFolder.length + 1))
  const others = below.filter((path) => !path.includes('/') && path !== workerTemplate)
  const lives = (await manager.lives([...new Set([...units, ...others])])) ?? []
  const runs: ProgramFiles = { path: program.path, entry: isSea() ? null : entryOf() }
  const running = new Map<string, RunningUnit>()
  for (const life of lives) {
    const found = await runningOf(life, { runs, layout }, clock)
    if (found !== null) running.set(life.name, found)
  }
  return { running, isUnread: lives.some(({ isUnread }) => isUnread) }
}

/** What the launcher of a checkout runs. */
function entryOf(): string {
  return join(selfPaths().binDir, '..', 'dist', 'main.js')
}

/** Files are dated by the wall clock, which may have been set since a unit was started. */
async function runningOf(
  life: UnitLife,
  { runs, layout }: { runs: ProgramFiles; layout: Layout },
  clock: Clock,
): Promise<RunningUnit | null> {
  const { name, mainPid, sinceMonotonicMs, files, isUnread } = life
  if (sinceMonotonicMs === null) return null
  const nowMs = clock.wallMs()
  const sinceMs = nowMs - (clock.monotonicMs() - sinceMonotonicMs)
  const process = mainPid === null ? null : await lookAtRunning(mainPid, { sinceMs, nowMs }, runs)
  return {
    sinceMs,
    // A drop-in that is gone has left the time of its going in its folder.
    settingsMs: await newestMs([...files, `${layout.unitFolder}/${name}.d`], nowMs),
    variablesMs: name.endsWith('.service') ? await textMs(layout.environmentFile, nowMs) : null,
    isUnread,
    usesProgram: process?.isOurs === true,
    isReplaced: process?.isReplaced === true,
    profile: process === null || name !== daemonUnit ? null : profileIn(process.environ),
  }
}

function profileIn(environ: string): RunningUnit['profile'] {
  return variableIn(environ, workersVariable) === 'units' ? 'hardened' : 'standard'
}
