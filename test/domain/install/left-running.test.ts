import { describe, expect, it } from 'vitest'
import {
  commandsOf,
  fleetAmong,
  isInUnit,
  namesOf,
  type SeenProcess,
  serversOf,
  worthNaming,
} from '../../../src/domain/install/left-running.ts'

const unit = 'jr-orchestrator.service'
const process = (pid: number, ppid: number, name: string, more: Partial<SeenProcess> = {}): SeenProcess => ({
  pid,
  ppid,
  name,
  startTime: pid,
  mark: null,
  dye: null,
  socket: null,
  inUnit: false,
  ...more,
})
const marked = { mark: 'm', dye: 100, socket: '/run/jrctl/api.sock' }
const traits = { sockets: ['/run/jrctl/api.sock'], spared: new Set<number>(), dyeOf: () => 100 }

/** A worker with a child that cleared its environment, and a database of its own; our database; others. */
const machine = [
  process(10, 1, 'sh', marked),
  process(11, 10, 'jrctl', marked),
  process(12, 11, 'agent', marked),
  process(13, 1, 'stray', { dye: 100 }),
  process(14, 12, 'postgres', marked),
  process(20, 1, 'postgres', { inUnit: true }),
  process(21, 20, 'postgres', { inUnit: true }),
  process(30, 1, 'helper', { inUnit: true }),
  process(40, 1, 'bash', { socket: '/run/jrctl/api.sock' }),
  process(50, 1, 'sh', { mark: 'n', socket: '/home/other/api.sock' }),
]

describe('what runs of a fleet', () => {
  it('is its workers, however they detached, its database and what is in the unit; nothing else', () => {
    const found = fleetAmong(machine, traits)
    expect(found.map(({ pid, part }) => `${pid} ${part}`)).toEqual([
      '10 worker',
      '11 worker',
      '12 worker',
      '13 worker',
      '14 worker',
      '20 database',
      '21 database',
      '30 other',
    ])
    expect(serversOf(found).map(({ pid }) => pid)).toEqual([20])
  })

  it('is not who looks', () => {
    expect(fleetAmong(machine, { ...traits, spared: new Set([11, 10]) }).map(({ pid }) => pid)).not.toContain(
      11,
    )
  })

  it('asks the commands themselves to end, and not the shells around them', () => {
    const workers = fleetAmong(machine, traits).filter(({ part }) => part === 'worker')
    expect(commandsOf(workers).map(({ pid }) => pid)).toEqual([11, 13])
  })

  it('are named with the workers first, and a database without its helpers', () => {
    const [one] = machine
    if (one === undefined) throw new Error('nobody runs')
    const seen = (pid: number, ppid: number, name: string, part: 'worker' | 'database' | 'other') =>
      Object.assign({}, one, { pid, ppid, name, part })
    const left = [
      seen(1, 0, 'postgres', 'database'),
      seen(2, 1, 'postgres', 'database'),
      seen(3, 0, 'node', 'other'),
      seen(4, 0, 'agent', 'worker'),
    ]
    expect(namesOf(worthNaming(left))).toBe('agent (pid 4), node (pid 3), postgres (pid 1)')
  })

  it('is named shortly', () => {
    expect(namesOf(machine)).toMatch(/^sh \(pid 10\), .* and 4 more$/)
  })
})

describe('the unit of a process', () => {
  it.each([
    [`0::/system.slice/${unit}/jrctl-daemon\n`, 'system', true],
    [`0::/system.slice/${unit}\n`, 'system', true],
    [`0::/user.slice/user-7.slice/user@7.service/app.slice/${unit}\n`, 'system', false],
    [`0::/user.slice/user-7.slice/user@7.service/app.slice/${unit}\n`, { uid: 7 }, true],
    [`0::/user.slice/user-7.slice/user@7.service/app.slice/${unit}\n`, { uid: 8 }, false],
    [`0::/system.slice/${unit}\n`, { uid: 7 }, false],
    ['0::/system.slice/other.service\n', 'system', false],
    ['', 'system', false],
  ] as const)('%j of %j', (cgroup, owner, isIn) => {
    expect(isInUnit(cgroup, unit, owner)).toBe(isIn)
  })
})
