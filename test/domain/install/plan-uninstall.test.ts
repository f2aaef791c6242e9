import { describe, expect, it } from 'vitest'
import {
  planUninstall,
  type UninstallSeen,
  type UninstallWish,
} from '../../../src/domain/install/plan-uninstall.ts'
import type { InstallRecord } from '../../../src/domain/install/record.ts'
import type { InstallStep } from '../../../src/domain/install/step.ts'
import { systemLayout } from './system-layout.ts'

const layout = systemLayout
const daemon = 'jr-orchestrator.service'
const timer = 'jr-health-check.timer'
const worker = 'jr-queue-worker@A.service'
const running = (name: string) => ({ name, load: 'loaded', active: 'active', enabled: 'enabled' })
const record: InstallRecord = {
  scope: 'system',
  profile: 'standard',
  account: 'jr',
  config: layout.config,
  needs: [],
  program: '/usr/local/bin/jrctl',
  isCopied: true,
  didLinger: false,
  cronOf: null,
  replaced: [],
}
const wish: UninstallWish = { layout, daemonUnit: daemon, account: 'root', keepWorkers: false, purge: false }
const installed: UninstallSeen = {
  files: [
    { path: daemon, isOurs: true },
    { path: timer, isOurs: true },
    { path: `${worker}.d/jrctl.conf`, isOurs: true },
  ],
  foreign: [],
  asides: [],
  units: [daemon, timer, worker].map(running),
  record,
  recordExists: true,
  programExists: true,
  lingers: false,
  crontab: null,
  belongings: [{ path: '/var/lib/jrctl', what: 'the state', bytes: 5 }],
  spared: [],
  sockets: [],
  left: [],
  cronDaemonPid: null,
  otherDaemonPid: null,
}
const empty: UninstallSeen = {
  ...installed,
  files: [],
  units: [],
  record: null,
  recordExists: false,
  programExists: false,
  belongings: [],
}
const plan = (one: Partial<UninstallWish> = {}, other: Partial<UninstallSeen> = {}) =>
  planUninstall({ ...wish, ...one }, { ...installed, ...other })
const brief = (step: InstallStep): string => {
  if (step.kind === 'stop_daemon') return `stop_daemon ${step.workers}`
  if ('units' in step) return `${step.kind} ${step.units.join(' ')}`
  return 'path' in step ? `${step.kind} ${step.path}` : step.kind
}
const steps = (...args: Parameters<typeof plan>) => plan(...args).steps.map(brief)

describe('the plan of taking an installation away', () => {
  it('stops first, in the order in which nothing starts again, then removes what install made', () => {
    expect(steps()).toEqual([
      `disable ${daemon} ${timer} ${worker}`,
      `stop ${timer}`,
      `stop ${worker}`,
      'stop_daemon stop',
      'end_left',
      `remove_file /etc/systemd/system/${daemon}`,
      `remove_file /etc/systemd/system/${timer}`,
      `remove_file /etc/systemd/system/${worker}.d/jrctl.conf`,
      `remove_folder /etc/systemd/system/${worker}.d`,
      'reload',
      'remove_file /usr/local/bin/jrctl',
      'remove_file /etc/jrctl/install.json',
    ])
  })

  it('is nothing where nothing is', () => {
    expect(planUninstall(wish, empty).steps).toEqual([])
  })

  it('leaves the workers when they are to be kept', () => {
    const found = steps({ keepWorkers: true })
    expect(found).toContain('stop_daemon leave')
    expect(found).not.toContain(`stop ${worker}`)
    expect(found.filter((step) => /jrctl$|json$/.test(step))).toEqual([])
  })

  it('keeps configuration, state and logs, says so, and deletes them when asked', () => {
    expect(steps()).not.toContain('remove_tree /var/lib/jrctl')
    expect(plan().next).toEqual(['Kept, and deleted by --purge: /var/lib/jrctl.'])
    expect(steps({ purge: true }).at(-1)).toBe('remove_tree /var/lib/jrctl')
    expect(plan({ purge: true }, { spared: ['/srv is left'] }).warnings).toEqual(['/srv is left'])
  })

  it('keeps what somebody has changed, and leaves what was never ours', () => {
    const found = plan({}, { files: [{ path: daemon, isOurs: false }], foreign: [timer] })
    expect(found.steps).toContainEqual(expect.objectContaining({ kind: 'remove_file', keepOld: true }))
    expect(found.warnings[0]).toContain(`${timer} was not written by jrctl`)
  })

  it('leaves a program that it did not copy', () => {
    expect(steps({}, { record: { ...record, isCopied: false } })).not.toContain(
      'remove_file /usr/local/bin/jrctl',
    )
  })

  it('switches lingering off when it switched it on, and takes its lines out of a crontab', () => {
    const own = { ...record, didLinger: true, cronOf: 'jr' }
    const crontab = 'x\n# jrctl begin\na\n# jrctl end\n'
    const found = plan({}, { record: own, lingers: true, crontab }).steps
    expect(found).toContainEqual({ kind: 'linger', account: 'root', on: false })
    expect(found).toContainEqual(
      expect.objectContaining({ kind: 'write_crontab', account: 'jr', text: 'x\n' }),
    )
    expect(plan({}, { record: own, crontab: '# jrctl begin\n' }).refusals).toHaveLength(1)
  })

  it('says how the old fleet comes back', () => {
    const replaced = [
      { name: 'a.service', owner: 'system', wasEnabled: true, wasActive: true },
      { name: 'b.service', owner: 'user', wasEnabled: true, wasActive: false },
    ] as const
    expect(plan({}, { record: { ...record, replaced: [...replaced] } }).next.slice(0, 4)).toEqual([
      'What was there before the installation comes back by:',
      'systemctl enable a.service',
      'systemctl start a.service',
      'systemctl --user --machine=jr@.host enable b.service',
    ])
  })

  it('says how a unit by our name that was set aside comes back, before it is enabled', () => {
    const replaced = [{ name: daemon, owner: 'system', wasEnabled: true, wasActive: false }] as const
    const asides = [{ path: daemon, aside: `${daemon}.bak2` }]
    expect(plan({}, { asides, record: { ...record, replaced: [...replaced] } }).next.slice(0, 4)).toEqual([
      'What was there before the installation comes back by:',
      `mv /etc/systemd/system/${daemon}.bak2 /etc/systemd/system/${daemon}`,
      'systemctl daemon-reload',
      `systemctl enable ${daemon}`,
    ])
  })

  const lost = {
    pid: 7,
    ppid: 1,
    startTime: 1,
    name: 'sleep',
    mark: 'm',
    dye: null,
    socket: null,
    inUnit: true,
    part: 'worker',
  } as const
  const failed = [{ ...running(daemon), active: 'failed' }]

  it('ends what a dead daemon has left before anything is deleted under it', () => {
    const found = plan({ purge: true }, { units: failed, left: [lost] }).steps
    const at = (kind: string) => found.findIndex((step) => step.kind === kind)
    expect(found[at('end_left')]).toEqual({ kind: 'end_left', seen: [{ pid: 7, name: 'sleep' }] })
    expect(at('stop_daemon')).toBe(-1)
    expect(at('end_left')).toBeLessThan(at('remove_file'))
    expect(at('end_left')).toBeLessThan(at('remove_tree'))
  })

  it('leaves what is to be kept, and then deletes no state', () => {
    expect(steps({ keepWorkers: true }, { units: failed, left: [lost] })).not.toContain('end_left')
    expect(plan({ keepWorkers: true, purge: true }).refusals[0]?.message).toContain('workers that are kept')
  })

  it('ends no fleet of a daemon that no unit runs, and deletes no state under it', () => {
    const other = { units: failed, left: [lost], otherDaemonPid: 9 }
    expect(steps({}, other)).not.toContain('end_left')
    expect(plan({}, other).warnings[0]).toContain('pid 9')
    expect(plan({ purge: true }, other).refusals[0]?.hint).toContain('kill 9')
  })

  it('stops the daemon that cron started', () => {
    expect(plan({}, { units: [], cronDaemonPid: 9 }).steps).toContainEqual({
      kind: 'stop_daemon',
      unit: daemon,
      pid: 9,
      workers: 'stop',
    })
  })
})
