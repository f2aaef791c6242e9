import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Found, RunningUnit } from '../../../src/domain/install/found.ts'
import { type InstallSeen, type InstallWish, planInstall } from '../../../src/domain/install/plan-install.ts'
import { nothingStarted } from '../../../src/domain/install/plan-run-on.ts'
import { parseRecord } from '../../../src/domain/install/record.ts'
import { sealed } from '../../../src/domain/install/seal.ts'
import type { InstallStep } from '../../../src/domain/install/step.ts'
import { systemLayout } from './system-layout.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const layout = systemLayout
const daemon = 'jr-orchestrator.service'
const timer = 'jr-health-check.timer'
const at = (name: string) => `/etc/systemd/system/${name}`
const file = (name: string, text = `[Unit]\nDescription=${name}\n`) => ({
  path: at(name),
  text: sealed(text, digest),
  mode: 0o644,
})

const wish: InstallWish = {
  layout,
  profile: 'standard',
  account: 'jr',
  config: layout.config,
  stateDir: '/var/lib/jrctl',
  needs: [],
  program: { kind: 'stay', path: '/opt/jrctl/jrctl' },
  files: [file(daemon), file(timer)],
  ownFolders: [],
  startingConfig: null,
  units: [daemon, timer],
  enable: true,
  shutdown: { workers: 'stop', finishGraceMs: 30_000 },
  unready: null,
  cronLines: null,
  force: false,
  digest,
}
const nothing: InstallSeen = {
  files: new Map(),
  missingFolders: ['/etc/jrctl'],
  missingOwnFolders: [],
  stale: [],
  staleUnits: [],
  units: new Map(),
  running: new Map(),
  isUnread: false,
  record: null,
  accountBefore: null,
  living: null,
  lingers: null,
  crontab: null,
  oldCrontab: null,
  isCopyCurrent: false,
  oldUnits: [],
  oldProcesses: [],
  oldTexts: [],
}
const plan = (one: Partial<InstallWish> = {}, other: Partial<InstallSeen> = {}) =>
  planInstall({ ...wish, ...one }, { ...nothing, ...other })

/** What a step is about, in short. */
const brief = (step: InstallStep): string => {
  if (step.kind === 'start') return `${step.isRestart ? 'restart' : 'start'} ${step.unit}`
  if ('units' in step) return `${step.kind} ${step.units.join(' ')}`
  if ('path' in step) return `${step.kind} ${step.path}`
  if (step.kind === 'switch_off') return `switch_off ${step.unit.name}`
  return step.kind
}
const steps = (...args: Parameters<typeof plan>) => plan(...args).steps.map(brief)

/** The machine after a plan was carried out. */
function after(one: Partial<InstallWish> = {}): Partial<InstallSeen> & { files: Map<string, Found> } {
  const done = plan(one)
  const files = new Map<string, Found>()
  let record: InstallSeen['record'] = null
  for (const step of done.steps) {
    if (step.kind === 'write_file') files.set(step.path, { kind: 'file', text: step.text, mode: step.mode })
    if (step.kind === 'note_record') record = parseRecord(step.text)
  }
  const running = { load: 'loaded', active: 'active', enabled: 'enabled' }
  const units = new Map(wish.units.map((name) => [name, { name, ...running }]))
  return { files, record, units, missingFolders: [], isCopyCurrent: true }
}

describe('the plan of an installation', () => {
  it('on an empty machine: folders, record, files, then systemd, in this order', () => {
    expect(steps()).toEqual([
      'make_folder /etc/jrctl',
      'note_record /etc/jrctl/install.json',
      `write_file ${at(daemon)}`,
      `write_file ${at(timer)}`,
      'reload',
      `enable ${daemon} ${timer}`,
      `start ${daemon}`,
      `start ${timer}`,
    ])
  })

  it('makes the folders that systemd does not', () => {
    const own = { kind: 'make_own_folder', path: '/ganuda/logs', account: 'jr' }
    expect(plan({}, { missingOwnFolders: ['/ganuda/logs'] }).steps).toContainEqual(own)
  })

  it('has a daemon that runs on read what new workers stand in', () => {
    const worker = 'jr-queue-worker@New.service'
    const units = [daemon, worker, timer]
    const dropIn = file(`${worker}.d/jrctl.conf`)
    const found = steps({ units, files: [...wish.files, dropIn] }, after())
    expect(found.indexOf(`start ${worker}`)).toBeGreaterThan(found.indexOf('reload_daemon'))
    expect(found).toContain('reload_daemon')
    expect(steps({ units, files: [...wish.files, dropIn] })).not.toContain('reload_daemon')
  })

  it('is nothing the second time', () => {
    expect(steps({}, after())).toEqual([])
  })

  it('starts nothing unasked', () => {
    expect(steps({ enable: false }).slice(-1)).toEqual(['reload'])
  })

  it('writes and does not start what could not run', () => {
    const unready = { message: 'no queue', hint: 'say which' }
    const found = plan({ unready })
    expect(found.unready).toEqual(unready)
    expect(found.steps.map(({ kind }) => kind)).not.toContain('start')
    expect(plan({ unready, enable: false }).unready).toBeNull()
  })

  it('restarts what runs with another unit, drop-in or program, and nothing else', () => {
    const worker = 'jr-queue-worker@A.service'
    const dropIn = `${worker}.d/jrctl.conf`
    const files = [...wish.files, file('jr-queue-worker@.service'), file(dropIn)]
    const units = [...wish.units, worker]
    const before = after({ files, units })
    before.units = new Map(
      units.map((name) => [name, { name, load: 'loaded', active: 'active', enabled: 'enabled' }]),
    )
    const changed = (name: string) =>
      steps({ units, files: files.map((one) => (one.path === at(name) ? file(name, 'new\n') : one)) }, before)
    expect(changed(daemon)).toEqual([`write_file ${at(daemon)}`, 'reload', `restart ${daemon}`])
    expect(changed(dropIn)).toEqual([
      `write_file ${at(dropIn)}`,
      'reload',
      'reload_daemon',
      `restart ${worker}`,
    ])
    expect(changed('jr-queue-worker@.service').slice(-1)).toEqual([`restart ${worker}`])
    const program = { kind: 'copy', from: '/root/jrctl', path: '/usr/local/bin/jrctl', why: '' } as const
    expect(steps({ units, files, program }, { ...before, isCopyCurrent: false }).slice(-3)).toEqual([
      'copy_program /usr/local/bin/jrctl',
      `restart ${daemon}`,
      `restart ${worker}`,
    ])
  })

  it('waits for what is starting, and has at once what would be tried again later', () => {
    const seen = after()
    seen.units = new Map(
      wish.units.map((name) => [name, { name, load: 'loaded', active: 'activating', enabled: 'enabled' }]),
    )
    expect(steps({}, seen)).toEqual([`start ${daemon}`, `start ${timer}`])
  })

  it('goes on where it was cut off', () => {
    const half = after()
    half.files.delete(at(timer))
    half.units = new Map()
    expect(steps({}, half)).toEqual([
      `write_file ${at(timer)}`,
      'reload',
      `enable ${daemon} ${timer}`,
      `start ${daemon}`,
      `start ${timer}`,
    ])
  })

  it('sets a mode right', () => {
    const seen = after()
    seen.files.set(at(timer), { kind: 'file', text: file(timer).text, mode: 0o666 })
    expect(steps({}, seen)).toContain(`write_file ${at(timer)}`)
  })
})

describe('what runs otherwise than it would be started', () => {
  const now: RunningUnit = {
    sinceMs: 100,
    settingsMs: 50,
    variablesMs: 50,
    isUnread: false,
    usesProgram: true,
    isReplaced: false,
    profile: 'standard',
  }
  const seen = (changes: Partial<RunningUnit>) => ({
    ...after(),
    running: new Map([[daemon, { ...now, ...changes }]]),
  })

  it.each<[Partial<RunningUnit>, string]>([
    [{ profile: 'hardened' }, 'it runs in the profile hardened'],
    [{ isReplaced: true }, 'it runs the version that was replaced'],
    [{ settingsMs: 101 }, 'its unit was changed after it had started'],
    [{ variablesMs: 101 }, 'its environment file was changed after it had started'],
  ])('%o is restarted, although this run changes nothing', (changes, why) => {
    expect(plan({}, seen(changes)).steps).toEqual([
      expect.objectContaining({ kind: 'start', unit: daemon, isRestart: true, why }),
    ])
    expect(plan({}, seen({})).steps).toEqual([])
  })

  it('says what becomes of the work under it, where it has workers', () => {
    const [step] = plan({}, seen({ isReplaced: true })).steps
    expect(step).toMatchObject({ work: { workers: 'stop', finishGraceMs: 30_000 } })
    const hardened = plan(
      { profile: 'hardened' },
      seen({ isReplaced: true, profile: 'hardened' }),
    ).steps.find(({ kind }) => kind === 'start')
    expect(hardened).toMatchObject({ work: null })
  })

  it('is read by systemd first, which has not yet', () => {
    expect(steps({}, { ...seen({ isUnread: true }), isUnread: true })).toEqual([
      'reload',
      `restart ${daemon}`,
    ])
  })

  it('runs on where nothing is to be started, with a word; but not in another profile', () => {
    const quiet = plan({ enable: false }, seen({ isReplaced: true }))
    expect([quiet.steps, quiet.warnings]).toEqual([[], [expect.stringContaining('--enable restarts it')]])
    const other = plan({ enable: false }, seen({ profile: 'hardened' }))
    const up = { name: daemon, load: 'loaded', active: 'active', enabled: 'enabled' }
    expect(nothingStarted([daemon, timer], new Map())).toContain('Nothing was started')
    expect(nothingStarted([daemon, timer], new Map([[daemon, up]]))).toMatch(
      /^The fleet runs on; not started is jr-health-check.timer: until then nobody checks its health\. .*--enable$/,
    )
    expect(nothingStarted([daemon], new Map([[daemon, up]]))).not.toContain('--enable')
    expect(other.refusals).toEqual([
      {
        message: expect.stringContaining('runs in the profile hardened'),
        hint: expect.stringContaining('--enable'),
      },
    ])
  })
})

describe('files that are not ours', () => {
  const own = file(daemon).text
  it.each([
    ['of somebody', { kind: 'file', text: '[Unit]\n', mode: 0o644 }, 'was not written by jrctl'],
    ['changed by somebody', { kind: 'file', text: `${own}Nice=5\n`, mode: 0o644 }, 'was changed since'],
    ['a link', { kind: 'link', target: '/ganuda/x.service' }, 'is a link to /ganuda/x.service'],
  ] as const)('%s: are refused, and set aside by force', (_, found, message) => {
    const files = new Map<string, Found>([[at(daemon), found]])
    const refused = plan({}, { files })
    expect(refused.refusals).toEqual([
      { message: expect.stringContaining(message), hint: expect.stringContaining('--force') },
    ])
    const forced = plan({ force: true }, { files })
    expect(forced.refusals).toEqual([])
    expect(forced.steps).toContainEqual(
      expect.objectContaining({ path: at(daemon), keepOld: true, isNew: false }),
    )
  })

  it('are named where they lie, in an image too', () => {
    const files = new Map<string, Found>([[at(daemon), { kind: 'file', text: '[Unit]\n', mode: 0o644 }]])
    const [refusal] = plan({ layout: { ...layout, root: '/image' } }, { files }).refusals
    expect(refusal?.message).toContain(`/image${at(daemon)} was`)
    expect(refusal?.hint).toContain(`as /image${at(daemon)}.bak`)
    expect(refusal?.hint).toContain(`/image${at(daemon)}.d/local.conf`)
  })

  it('one that runs is stopped in its own way before ours takes its place', () => {
    const files = new Map<string, Found>([[at(daemon), { kind: 'link', target: '/ganuda/x.service' }]])
    const active = { name: daemon, load: 'loaded', active: 'active', enabled: 'linked' }
    const found = steps({ force: true }, { files, units: new Map([[daemon, active]]) })
    expect(found.indexOf(`stop ${daemon}`)).toBeGreaterThan(-1)
    expect(found.indexOf(`stop ${daemon}`)).toBeLessThan(found.indexOf(`write_file ${at(daemon)}`))
  })

  it('a folder in the way is refused, also by force', () => {
    const files = new Map<string, Found>([[at(daemon), { kind: 'other', what: 'a folder' }]])
    expect(plan({ force: true }, { files }).refusals).toHaveLength(1)
  })

  it('ours of another version is changed without a word but its diff', () => {
    const older = sealed('[Unit]\nDescription=older\n', digest)
    const files = new Map<string, Found>([[at(daemon), { kind: 'file', text: older, mode: 0o644 }]])
    const { refusals, steps: found } = plan({}, { files })
    expect(refusals).toEqual([])
    const step = found.find((one) => one.kind === 'write_file' && one.path === at(daemon))
    expect(step).toMatchObject({ keepOld: false, diff: expect.arrayContaining(['-Description=older']) })
  })
})

describe('what was there before', () => {
  const old = {
    name: 'jr-queue-worker.service',
    owner: 'system',
    active: 'active',
    enabled: 'enabled',
    isOurs: false,
  } as const
  const replacedIn = (found: ReturnType<typeof plan>) =>
    found.steps.flatMap((step) =>
      step.kind === 'note_record' ? (parseRecord(step.text)?.replaced ?? []).map(({ name }) => name) : [],
    )
  const process = { pid: 9, startTime: 1, user: 'jr', ageMs: 1, commandLine: 'python jr_queue_worker.py' }

  it('ends before the new fleet starts, and is remembered before that', () => {
    const found = steps({}, { oldUnits: [old], oldProcesses: [{ ...process, unit: null }] })
    const order = [
      'note_record /etc/jrctl/install.json',
      `switch_off ${old.name}`,
      'end_processes',
      `start ${daemon}`,
    ]
    expect(found.filter((step) => order.includes(step))).toEqual(order)
    const record = plan({}, { oldUnits: [old] }).steps.find(({ kind }) => kind === 'note_record')
    expect(record).toMatchObject({ text: expect.stringContaining(old.name) })
  })

  it('stays while the new one cannot start', () => {
    const found = steps({ unready: { message: '', hint: '' } }, { oldUnits: [old] })
    expect(found).not.toContain(`switch_off ${old.name}`)
  })

  it('must not come back by a unit of its own', () => {
    const { refusals } = plan({}, { oldProcesses: [{ ...process, unit: 'x.service' }] })
    expect(refusals[0]?.hint).toContain('--replace-units x.service')
  })

  it('must be no crowd', () => {
    const crowd = Array.from({ length: 201 }, (_, pid) => ({ ...process, pid, unit: null }))
    expect(plan({}, { oldProcesses: crowd }).refusals[0]?.message).toContain('201 processes match')
  })

  it('must not be an instance that somebody enabled by our name', () => {
    const name = 'jr-queue-worker@it_triad_jr.service'
    expect(plan({}, { staleUnits: [name] }).refusals[0]?.message).toContain(`${name} runs or is enabled`)
    expect(plan({}, { staleUnits: [name], oldUnits: [{ ...old, name }] }).refusals).toEqual([])
  })

  it('by a name of ours is switched off, recorded once, and then ours is enabled and started', () => {
    const files = new Map<string, Found>([[at(daemon), { kind: 'file', text: '[Unit]\n', mode: 0o644 }]])
    const state = { name: daemon, load: 'loaded', active: 'active', enabled: 'enabled' }
    const seen = { files, units: new Map([[daemon, state]]), oldUnits: [{ ...old, name: daemon }] }
    const found = steps({ force: true }, seen)
    const order = [
      `stop ${daemon}`,
      `write_file ${at(daemon)}`,
      `switch_off ${daemon}`,
      `enable ${daemon} ${timer}`,
      `start ${daemon}`,
    ]
    expect(found.filter((step) => order.includes(step))).toEqual(order)
    expect(replacedIn(plan({ force: true }, seen))).toEqual([daemon])
  })

  it('elsewhere by a name of ours: ours is enabled again behind its end', () => {
    const state = { name: daemon, load: 'loaded', active: 'active', enabled: 'enabled' }
    const found = steps({}, { units: new Map([[daemon, state]]), oldUnits: [{ ...old, name: daemon }] })
    const order = [`switch_off ${daemon}`, `enable ${daemon} ${timer}`, `start ${daemon}`]
    expect(found.filter((step) => order.includes(step))).toEqual(order)
  })

  it.each([daemon, timer])('is done already where %s is ours by now', (name) => {
    const done = after()
    expect(steps({}, { ...done, oldUnits: [{ ...old, name, isOurs: true }] })).toEqual([])
  })

  it('is not what somebody has changed of ours', () => {
    const edited = { kind: 'file', text: `${file(daemon).text}Nice=5\n`, mode: 0o644 } as const
    const seen = after()
    const found = plan({ force: true }, { ...seen, record: null, files: new Map([[at(daemon), edited]]) })
    expect(replacedIn(found)).toEqual([])
  })

  it('of ours, and wanted no more, is disabled and removed', () => {
    const seen = after()
    const worker = 'jr-queue-worker@A.service'
    const stale = [{ path: `${worker}.d/jrctl.conf`, isOurs: true }]
    expect(steps({}, { ...seen, stale, staleUnits: [worker] })).toEqual([
      `stop ${worker}`,
      `disable ${worker}`,
      `remove_file ${at(stale[0]?.path ?? '')}`,
      `remove_folder /etc/systemd/system/${worker}.d`,
      'reload',
    ])
  })
})

describe('beside the units', () => {
  it('lingering is switched on before anything starts', () => {
    const found = steps({}, { lingers: false })
    expect(found.indexOf('linger')).toBeLessThan(found.indexOf(`start ${daemon}`))
    expect(steps({}, { lingers: true })).not.toContain('linger')
  })

  it('a crontab is changed where it has to be', () => {
    expect(steps({ cronLines: ['a'] }, { crontab: '' })).toContain('write_crontab')
    const broken = plan({ cronLines: ['a'] }, { crontab: '# jrctl begin\n' })
    expect(broken.refusals[0]?.message).toContain('without "# jrctl end"')
    expect(plan({ cronLines: ['x'.repeat(901)] }, { crontab: '' }).refusals).toHaveLength(1)
  })

  it('takes its lines out of the crontab before the timer runs, and knows of them until they are gone', () => {
    const before = after({ cronLines: ['a'] })
    const oldCrontab = { account: 'jr', text: 'x\n# jrctl begin\na\n# jrctl end\n' }
    const { steps: found } = plan({}, { ...before, oldCrontab })
    expect(found.slice(0, 2)).toEqual([
      expect.objectContaining({ kind: 'write_crontab', account: 'jr', text: 'x\n' }),
      expect.objectContaining({ kind: 'note_record', text: expect.stringContaining('"cronOf": null') }),
    ])
    const gone = plan({}, { ...before, oldCrontab: { account: 'jr', text: 'x\n' } })
    expect(gone.steps.map(brief)).toEqual([`note_record ${layout.record}`])
    const broken = plan({}, { ...before, oldCrontab: { account: 'jr', text: '# jrctl begin\n' } })
    expect(broken.refusals[0]?.message).toContain('the crontab of jr')
  })

  it('moves its lines to the crontab of another account', () => {
    const before = after({ cronLines: ['a'] })
    const oldCrontab = { account: 'jr', text: '# jrctl begin\na\n# jrctl end\n' }
    const { steps: found } = plan({ account: 'op', cronLines: ['a'] }, { ...before, crontab: '', oldCrontab })
    expect(
      found.flatMap((step) => (step.kind === 'write_crontab' ? [`${step.account}: ${step.text}`] : [])),
    ).toEqual(['jr: ', expect.stringMatching(/^op: # jrctl begin/)])
  })

  it('in another root systemd is not asked to read its units', () => {
    const image = { ...layout, root: '/image' }
    expect(steps({ layout: image })).not.toContain('reload')
  })

  it('an image whose first start would fail is said to be one', () => {
    const unready = { message: 'no queue', hint: 'say which' }
    const image = { ...layout, root: '/image' }
    expect(plan({ layout: image, unready }).warnings).toEqual([
      expect.stringContaining('no queue. say which'),
    ])
  })

  it('a program that cannot be started is all there is to say', () => {
    const found = plan({ program: { kind: 'refused', message: 'no', hint: 'so' } })
    expect(found).toMatchObject({ steps: [], refusals: [{ message: 'no', hint: 'so' }] })
  })
})
