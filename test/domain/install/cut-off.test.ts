import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planInstall } from '../../../src/domain/install/plan-install.ts'
import type { InstallStep } from '../../../src/domain/install/step.ts'
import { Machine, type Wanted, wishFor } from './machine-model.ts'

const wanted = fc.record<Wanted>({
  profile: fc.constantFrom('standard', 'hardened'),
  needs: fc.constantFrom('postgresql.service', 'llm.service'),
  workers: fc.constantFrom(['A'], ['A', 'B'], ['B', 'C']),
  version: fc.integer({ min: 1, max: 2 }),
})
const mishap = fc.constantFrom('none', 'crash', 'reboot')
/** More steps than there are. */
const cut = fc.integer({ min: 0, max: 30 })

/** Hashes and diffs of some hundred plans take their time on a busy machine. */
const timeoutMs = 60_000

/** Installs, or is killed after so many steps. Never, at no moment, does a worker run twice. */
function install(machine: Machine, wish: Wanted, stepsMax = Infinity): InstallStep[] {
  machine.configure(wish.workers)
  const wished = wishFor(wish)
  const { steps, refusals } = planInstall(wished, machine.see(wished, wish.version))
  expect(refusals).toEqual([])
  for (const step of steps.slice(0, stepsMax)) {
    machine.apply(step)
    expectNoneTwice(machine)
  }
  return steps
}

function expectNoneTwice(machine: Machine): void {
  const workers = machine.workers()
  if (new Set(workers).size < workers.length) expect.fail(`two fleets: ${workers.join(', ')}`)
}

function suffer(machine: Machine, what: string): void {
  if (what === 'crash') machine.crash()
  if (what === 'reboot') machine.reboot()
  expectNoneTwice(machine)
}

function installed(...wishes: Wanted[]): Machine {
  const machine = new Machine()
  for (const wish of wishes) install(machine, wish)
  machine.readConfig()
  return machine
}

describe('an installation that is killed after any of its steps', { timeout: timeoutMs }, () => {
  it('and run again ends as one that was not: one fleet, of what lies there', () => {
    fc.assert(
      fc.property(wanted, wanted, cut, mishap, (before, wish, after, what) => {
        const machine = installed(before)
        install(machine, wish, after)
        suffer(machine, what)
        install(machine, wish)
        machine.readConfig()
        expect(machine.state()).toEqual(installed(before, wish).state())
        expect(machine.workers()).toEqual(wish.workers)
        expect(install(machine, wish)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('is as well followed by another wish, or killed twice', () => {
    fc.assert(
      fc.property(wanted, wanted, cut, cut, wanted, (before, wish, first, second, last) => {
        const machine = installed(before)
        install(machine, wish, first)
        install(machine, last, second)
        install(machine, last)
        machine.readConfig()
        expect(machine.state().active).toEqual(installed(last).state().active)
        expect(machine.workers()).toEqual(last.workers)
        expect(install(machine, last)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('leaves nothing to be done once it was not', () => {
    fc.assert(
      fc.property(wanted, wanted, mishap, (before, wish, what) => {
        const machine = installed(before, wish)
        suffer(machine, what)
        expect(install(machine, wish)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })
})
