import { describe, expect, it } from 'vitest'
import { judgePorts } from '../../../src/cli/doctor/judge-network.ts'
import type { DaemonFacts } from '../../../src/cli/doctor/machine-facts.ts'
import type { PortFacts } from '../../../src/ports/machine-checkup.ts'
import { sound } from './sound-machine.ts'

if (sound.services.kind !== 'seen') throw new Error('they are seen')
const services = sound.services.value
const unitPid = services.units[0]?.mainPid ?? 0

function found(pid: number | null, daemon: DaemonFacts) {
  const holder = { pid, program: pid === null ? null : 'node', isOurs: false }
  const port: PortFacts = {
    what: 'api',
    host: '127.0.0.1',
    port: 3001,
    absence: null,
    isWritten: false,
    holder,
  }
  return judgePorts([port], daemon, services)[0]
}

const silent = { up: false, problem: 'none answers', hint: null } as const

describe('who listens where a daemon that does not answer would', () => {
  it('is probably that daemon, where its socket is closed to this account: nobody is told to stop it', () => {
    expect(found(null, { ...silent, isClosed: true })).toMatchObject({
      level: 'note',
      text: expect.stringContaining("probably this fleet's daemon"),
      remedy: expect.stringMatching(/^Ask as the account that the daemon runs as/),
    })
  })

  it('is that daemon, where the pid is that of its unit', () => {
    expect(unitPid).toBeGreaterThan(0)
    expect(found(unitPid, silent)).toMatchObject({
      level: 'note',
      remedy: 'See what it does: systemctl status jr-orchestrator.service',
    })
  })

  it('is another program otherwise', () => {
    expect(found(null, silent)).toMatchObject({ level: 'warn', remedy: expect.stringMatching(/^Stop it/) })
    expect(found(7, { ...silent, isClosed: true })).toMatchObject({ level: 'warn' })
  })
})
