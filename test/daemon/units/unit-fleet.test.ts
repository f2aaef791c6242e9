import { beforeEach, describe, expect, it } from 'vitest'
import { createUnitFleet } from '../../../src/daemon/units/unit-fleet.ts'
import { instanceId, jrName } from '../../../src/domain/ids.ts'
import type { UnitsFound } from '../../../src/domain/units/unit-agreement.ts'
import type { UnitStanding } from '../../../src/ports/worker-units.ts'
import type { Fleet } from '../../../src/supervisor/fleet.ts'
import { depsOf, runWorld, scheduled } from '../../supervisor/runs/setup.ts'
import type { RunWorld } from '../../supervisor/runs/setup.ts'
import { supervisorIn, worker } from '../../supervisor/setup.ts'

const own = instanceId('0123456789abcdef0123456789abcdef')
const research = 'jr-queue-worker@Research\\x20Jr..service'
const second = 'jr-queue-worker@Research\\x20Jr.:2.service'

function standing(changes: Partial<UnitStanding> = {}): UnitStanding {
  return {
    state: 'active',
    subState: 'running',
    result: 'success',
    pid: 42,
    instanceId: own,
    restarts: 2,
    memoryBytes: 1024,
    startedMonotonicMs: 0,
    ...changes,
  }
}

describe('a fleet that systemd runs', () => {
  let on: RunWorld
  let fleet: Fleet
  let standings: Map<string, UnitStanding> | null
  let told: number
  let found: UnitsFound | null

  beforeEach(() => {
    on = runWorld()
    standings = new Map([[research, standing()]])
    told = 0
    found = { up: [research, second], enabled: [research, second], written: [research, second] }
    fleet = newFleet()
  })

  const newFleet = (): Fleet =>
    createUnitFleet({
      ...depsOf(on, [worker({ instances: 2 }), scheduled()]),
      units: {
        look: async () => standings,
        commandFor: (verb, unit) => `systemctl ${verb} ${unit}`,
      },
      found: async () => found,
      tellUnits: async () => {
        told += 1
      },
    })

  const started = async (): Promise<void> => {
    await fleet.start()
    await on.clock.advance(1)
  }
  const view = (slot = 1) => fleet.views().find((one) => one.name === 'Research Jr.' && one.slot === slot)

  it('starts nothing, and leaves word for the units first', async () => {
    await started()
    expect(told).toBe(1)
    expect(on.machine.spawned).toEqual([])
    await fleet.stop('stop', () => {})
  })

  it('shows each as systemd says it stands', async () => {
    await started()
    fleet.heartbeats([{ instanceId: own, name: jrName('Research Jr.'), ageMs: 3_000 }])
    expect(view()).toMatchObject({
      state: 'running',
      unit: research,
      pid: 42,
      restarts: 2,
      rssBytes: 1024,
      heartbeatAgeMs: 3_000,
      reason: `${research} is active`,
    })
    expect(view(2)).toMatchObject({ state: 'missing', unit: second, pid: null, heartbeatAgeMs: null })
    await fleet.stop('stop', () => {})
  })

  it.each([
    [{ state: 'activating', subState: 'auto-restart', result: 'watchdog' }, 'backoff', 'watchdog'],
    [{ state: 'activating', subState: 'start', result: 'success' }, 'starting', 'activating'],
    [{ state: 'failed', subState: 'failed', result: 'start-limit-hit' }, 'error', 'failed: start-limit-hit'],
    [{ state: 'inactive', subState: 'dead', result: 'success' }, 'stopped', 'inactive'],
    [{ state: 'deactivating', subState: 'stop-sigterm', result: 'success' }, 'stopping', 'deactivating'],
  ])('%j is %s', async (changes, state, why) => {
    standings = new Map([[research, standing({ ...changes, pid: null })]])
    await started()
    expect(view()).toMatchObject({ state, reason: expect.stringContaining(why) })
    await fleet.stop('stop', () => {})
  })

  it('goes by heartbeats where systemd does not answer', async () => {
    standings = null
    await started()
    expect(view()).toMatchObject({ state: 'stopped', reason: expect.stringContaining('nothing is heard') })
    fleet.heartbeats([{ instanceId: null, name: jrName('Research Jr.'), ageMs: 3_000 }])
    expect(view()).toMatchObject({ state: 'running', reason: expect.stringContaining('it is heard of') })
    await fleet.stop('stop', () => {})
  })

  it('says of a schedule that nobody keeps it', async () => {
    await started()
    const night = fleet.views().find(({ name }) => name === 'Report Jr.')
    expect(night).toMatchObject({ state: 'stopped', reason: expect.stringContaining('has a schedule') })
    await fleet.stop('stop', () => {})
  })

  it('answers what is asked of a worker with what to ask of systemd', async () => {
    await started()
    const ask = (command: Parameters<Fleet['command']>[1], name = 'Research Jr.') =>
      fleet.command(jrName(name), command)
    expect(await ask({ kind: 'restart', instance: 2 })).toEqual({
      kind: 'refused',
      reason: `systemd runs Research Jr.: systemctl restart ${second}`,
    })
    expect(await ask({ kind: 'pause' })).toEqual({
      kind: 'refused',
      reason: `systemd runs Research Jr.: systemctl disable --now ${research}; systemctl disable --now ${second}`,
    })
    expect(await ask({ kind: 'scale', instances: 3 })).toMatchObject({
      reason: expect.stringContaining('jrctl install'),
    })
    expect(await ask({ kind: 'stop' }, 'Nobody Jr.')).toMatchObject({ kind: 'not_found' })
    await fleet.stop('stop', () => {})
  })

  it('ends what a daemon before spawned itself, so that there are never two fleets', async () => {
    const before = supervisorIn(on, [worker()])
    await before.start()
    await before.stop('leave', () => {})
    expect(on.machine.processes.size).toBeGreaterThan(0)
    on.machine.daemonDies()
    fleet = newFleet()
    await started()
    await on.clock.advance(20_000)
    expect(on.machine.processes.size).toBe(0)
    await fleet.stop('stop', () => {})
  })

  it('complains of units that a new configuration does not have, until somebody brings both together', async () => {
    await started()
    expect(fleet.complaints()).toEqual([])
    await fleet.reload([worker({ name: 'Other Jr.' })])
    await on.clock.advance(1_000)
    const command = expect.stringContaining('jrctl install --enable')
    expect(fleet.complaints()).toEqual([
      expect.stringContaining(`${research}, ${second}`),
      expect.stringContaining('jr-queue-worker@Other\\x20Jr..service'),
    ])
    expect(fleet.complaints()).toEqual([command, command])
    found = { up: ['jr-queue-worker@Other\\x20Jr..service'], enabled: [], written: [] }
    await on.clock.advance(5_000)
    expect(fleet.complaints()).toEqual([])
    await fleet.stop('stop', () => {})
  })

  it('complains of no units that systemd does not tell of, and asks again', async () => {
    found = null
    await started()
    expect(fleet.complaints()).toEqual([])
    found = { up: [research], enabled: [], written: [] }
    await on.clock.advance(5_000)
    expect(fleet.complaints()).toEqual([expect.stringContaining(second)])
    await fleet.stop('stop', () => {})
  })

  it('takes new definitions, and leaves word again', async () => {
    await started()
    await fleet.reload([worker({ name: 'Other Jr.' })])
    expect(told).toBe(2)
    expect(fleet.configured()).toEqual(['Other Jr.'])
    await fleet.stop('stop', () => {})
  })
})
