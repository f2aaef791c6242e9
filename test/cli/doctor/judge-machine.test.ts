import { describe, expect, it } from 'vitest'
import type { Check } from '../../../src/cli/doctor/check.ts'
import { judgeMachine } from '../../../src/cli/doctor/judge-machine.ts'
import { stepsBetween } from '../../../src/cli/doctor/judge-versions.ts'
import type { MachineFacts } from '../../../src/cli/doctor/machine-facts.ts'
import type { UnitAgreement } from '../../../src/domain/units/unit-agreement.ts'
import type { Look } from '../../../src/ports/database-checkup.ts'
import type { FileFacts } from '../../../src/ports/machine-checkup.ts'
import { seen, sound } from './sound-machine.ts'

/** What was seen, where it may be that nothing was. */
type Seen<Fact> = Fact extends Look<infer T> ? T : Fact

/** One of the sound facts, changed a little. */
function but<Name extends keyof MachineFacts>(
  name: Name,
  change: Partial<Seen<MachineFacts[Name]>>,
): Partial<MachineFacts> {
  const fact = sound[name] as unknown
  const isLook = typeof fact === 'object' && fact !== null && 'value' in fact
  const value = isLook ? seen({ ...(fact.value as object), ...change }) : { ...(fact as object), ...change }
  return { [name]: value }
}

const disk = { uses: ['the state'], path: '/s', freeBytes: 50e9, totalBytes: 100e9, freeFiles: null }
const file = (change: Partial<FileFacts>): Partial<MachineFacts> => ({
  files: seen([
    { what: 'it', path: '/f', kind: 'secret', found: { uid: 1000, mode: 0o600, readable: true }, ...change },
  ]),
})
const mode = (bits: number) => ({ uid: 1000, mode: bits, readable: true })
const units = sound.services.kind === 'seen' ? sound.services.value.units : []
const unit = (change: Partial<(typeof units)[number]>) =>
  but('services', { units: units.map((one) => Object.assign({}, one, change)) })
const port = { what: 'api', host: '127.0.0.1', port: 3001, absence: null, isWritten: true } as const
const stranger = { pid: 7, program: 'nginx', isOurs: false }
const upstream = { name: 'vllm', kind: 'http', address: 'http://llm:8000', keyless: null } as const
const answered = (status: number, answerMs = 3) => ({ kind: 'answered', status, answerMs }) as const
const parcel = { name: 'sqlite-00', bytes: 3e6, isOurs: true, damage: null, unusedMs: 1000 }
const down = { up: false, problem: 'none answers', hint: null } as const

it('advises commands that a shell takes as they are meant', () => {
  const found = { uid: 1000, mode: 0o644, readable: true }
  const odd = file({ path: "/for ei'gn/$(x)", found })
  const check = judgeMachine({ ...sound, ...odd }).find(({ name }) => name === 'machine.files')
  expect(check?.remedy).toBe("chmod o-rwx '/for ei'\\''gn/$(x)'")
})

describe('the judgement of a machine', () => {
  it('finds nothing on a sound one, and says so of each part', () => {
    const checks = judgeMachine(sound)
    expect(checks.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(checks.length).toBeGreaterThan(15)
  })

  it('names units of workers that do not match the configuration, with the command that puts it right', () => {
    const judged = (workerUnits: UnitAgreement) =>
      judgeMachine({ ...sound, workerUnits: seen(workerUnits) }).filter(
        ({ name }) => name === 'service.workers',
      )
    const agreed = { wanted: ['w.service'], surplus: [], missing: [], idle: [] }
    expect(judged(agreed)).toMatchObject([{ level: 'ok' }])
    const both = judged({ ...agreed, surplus: [{ unit: 'u.service', isUp: true }], missing: ['w.service'] })
    expect(both).toMatchObject([
      { level: 'warn', text: expect.stringContaining('u.service') },
      { level: 'warn', text: expect.stringContaining('w.service') },
    ])
    for (const { remedy } of both) expect(remedy).toContain('jrctl install --enable')
    expect(judged({ ...agreed, idle: ['w.service'] })).toMatchObject([{ level: 'note' }])
  })

  it('names an old systemd as the cause, where its unit has all that it can have', () => {
    const cgroupWith = (version: string) =>
      judgeMachine({
        ...sound,
        ...but('cgroup', { mayHandOn: false }),
        ...but('services', { version }),
      }).find(({ name }) => name === 'machine.cgroup')
    expect(cgroupWith('252.39-1~deb12u1')).toMatchObject({
      text: expect.stringContaining('lives in /sys/fs/cgroup/x.service itself'),
      remedy: expect.stringMatching(/^systemd 252 keeps .*--profile hardened$/),
    })
    expect(cgroupWith('257')?.remedy).toContain('Delegate=yes')
  })

  it('claims nothing of units that it cannot see', () => {
    const unseen = but('services', { units: [], runtimeDir: false })
    const texts = judgeMachine({ ...sound, ...unseen }).map(({ text }) => text)
    expect(texts).toContainEqual(
      expect.stringMatching(/^no jr-orchestrator.service of the system is installed/),
    )
    expect(texts).toContainEqual(expect.stringContaining('/run/user/1000): they cannot be seen from here'))
  })

  it('says of older fleets what it has looked for, for another of jrctl may well be at work', () => {
    const alone = (change: Partial<MachineFacts>) =>
      judgeMachine({ ...sound, ...change }).find(({ name }) => name === 'fleet.alone')?.text
    expect(alone({})).toBe('no unit or process of an older fleet is at work here')
    const noSystemd = but('services', { version: null, units: [] })
    expect(alone(noSystemd)).toBe('no process of an older fleet is at work here')
  })

  it('counts a line of cron that install noted, in a table that is closed to us', () => {
    const checks = judgeMachine({ ...sound, ...but('cron', { lines: [], closed: 'jrctl' }) })
    expect(checks.find(({ name }) => name === 'service.health_check')).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('for jrctl'),
    })
  })

  it('asks nothing of a cgroup where systemd keeps the limits of workers by their units', () => {
    const checks = judgeMachine({
      ...sound,
      ...but('cgroup', { delegated: false }),
      ...but('needs', { byUnits: true }),
    })
    expect(checks.find(({ name }) => name === 'machine.cgroup')).toMatchObject({ level: 'ok' })
  })

  it('leaves the ledger out of account where the state cannot be read', () => {
    const checks = judgeMachine({ ...sound, ...but('memory', { damage: 'malformed', ledger: null }) })
    expect(checks.filter(({ level }) => level !== 'ok').map(({ name, level }) => [name, level])).toEqual([
      ['machine.memory', 'bad'],
      ['machine.ledger', 'skipped'],
    ])
  })

  it.each<[string, Partial<MachineFacts>, string, Check['level']]>([
    ['an old SQLite', but('versions', { sqlite: '3.50.4' }), 'machine.sqlite', 'warn'],
    ['no SQLite', but('versions', { sqlite: null, sqliteProblem: 'noexec' }), 'package.sqlite', 'bad'],
    ['an old kernel', but('versions', { kernel: '5.10.0-9' }), 'machine.kernel', 'note'],
    ['the next daemon', but('versions', { daemon: '0.2.3' }), 'machine.skew', 'note'],
    ['a daemon of long ago', but('versions', { daemon: '0.4.0' }), 'machine.skew', 'warn'],
    ['no configuration', but('configuration', { path: null }), 'machine.config', 'note'],
    ['a doubtful one', but('configuration', { warnings: ['hm'] }), 'machine.config', 'warn'],
    [
      'a wrong one',
      { configuration: { kind: 'wrong', problem: 'line 3', hint: null } },
      'machine.config',
      'bad',
    ],
    ['a copied state', but('daemon', { elsewhere: 'other' }), 'fleet.identity', 'bad'],
    ['a degraded daemon', but('daemon', { degraded: ['the disk is full'] }), 'machine.degraded', 'warn'],
    ['no daemon', { daemon: down }, 'machine.daemon', 'warn'],
    ['an open state', but('stateDir', { mode: 0o40755 }), 'machine.state', 'warn'],
    ['a closed state', but('stateDir', { refused: 'EACCES' }), 'machine.state', 'bad'],
    [
      'a state that others keep to themselves',
      but('stateDir', { mode: null, refused: 'EACCES', isFolder: false, owner: null }),
      'machine.state',
      'bad',
    ],
    ['a state on a read-only disk', but('stateDir', { refused: 'EROFS' }), 'machine.state', 'bad'],
    ['a file for a state', but('stateDir', { isFolder: false }), 'machine.state', 'bad'],
    ['a link to nothing', but('stateDir', { mode: null, isLink: true }), 'machine.state', 'bad'],
    [
      "another's state, which root can write",
      but('stateDir', { owner: { uid: 7, name: 'jr' } }),
      'machine.state',
      'note',
    ],
    ['a later state', but('memory', { newer: { found: 9, known: 2 } }), 'machine.memory', 'bad'],
    ['a damaged state', but('memory', { damage: 'page 7' }), 'machine.memory', 'bad'],
    ['a link for a state', but('memory', { misplaced: 'a link to /etc/x' }), 'machine.memory', 'bad'],
    ['a forged ledger', but('memory', { ledger: { checked: 9, brokenAt: 4 } }), 'machine.ledger', 'bad'],
    ['an open secret', file({ found: mode(0o644) }), 'machine.files', 'bad'],
    ['a secret of the group', file({ found: mode(0o640) }), 'machine.files', 'warn'],
    ['no secret', file({ found: null }), 'machine.files', 'bad'],
    ['a closed secret', file({ found: { uid: 0, mode: 0o600, readable: false } }), 'machine.files', 'warn'],
    [
      'a configuration for all to write',
      file({ kind: 'trusted', found: mode(0o666) }),
      'machine.files',
      'bad',
    ],
    [
      'somebody’s configuration',
      file({ kind: 'trusted', found: { uid: 5, mode: 0o644, readable: true } }),
      'machine.files',
      'warn',
    ],
    ['an open socket', file({ kind: 'private', found: mode(0o666) }), 'machine.files', 'bad'],
    ['a full disk', { disks: seen([{ ...disk, freeBytes: 1e6 }]) }, 'machine.disk', 'bad'],
    ['a disk full of files', { disks: seen([{ ...disk, freeFiles: 500 }]) }, 'machine.inodes', 'bad'],
    ['a free clock', but('clock', { synchronised: false }), 'machine.clock', 'warn'],
    ['a silent kernel', but('clock', { synchronised: null }), 'machine.clock', 'skipped'],
    ['a clock that was set', but('clock', { steppedMs: -3_600_000 }), 'machine.clock_step', 'note'],
    ['few files', but('limits', { openFiles: 256 }), 'machine.limits', 'warn'],
    ['few processes', but('limits', { processes: 100 }), 'machine.limits', 'warn'],
    ['a full cgroup', but('limits', { cgroupPids: { max: 100, used: 90 } }), 'machine.limits', 'warn'],
    ['bounds beyond the machine', but('hardware', { totalBytes: 2 ** 30 }), 'machine.fleet_memory', 'warn'],
    ['bounds beyond the cgroup', but('hardware', { cgroupBytes: 2 ** 30 }), 'machine.fleet_memory', 'warn'],
    ['a budget too large', but('needs', { budgetBytes: 2 ** 40 }), 'machine.fleet_memory', 'warn'],
    ['no cgroup for bounds', but('cgroup', { delegated: false }), 'machine.cgroup', 'warn'],
    ['a cgroup that the daemon itself is in', but('cgroup', { mayHandOn: false }), 'machine.cgroup', 'warn'],
    ['a cgroup without controllers', but('cgroup', { controllers: ['pids'] }), 'machine.cgroup', 'warn'],
    ['systemd without us', but('services', { units: [] }), 'service.unit', 'note'],
    ['no systemd', but('services', { version: null, units: [] }), 'service.unit', 'note'],
    ['a failed unit', unit({ active: 'failed' }), 'service.unit', 'bad'],
    ['a masked unit', unit({ load: 'masked' }), 'service.unit', 'bad'],
    ['a disabled unit', unit({ enabled: 'disabled' }), 'service.unit', 'warn'],
    ['an edited unit', unit({ written: 'edited' }), 'service.unit', 'note'],
    ['a unit edited just now', unit({ needsReload: true }), 'service.unit', 'warn'],
    ['a daemon outside', but('daemon', { unit: null }), 'service.unit', 'warn'],
    ['nobody who checks', but('cron', { lines: [] }), 'service.health_check', 'note'],
    ['an old unit', but('services', { oldUnits: ['jr-auto-assigner.service'] }), 'fleet.alone', 'bad'],
    [
      'an old worker',
      { strangers: seen([{ pid: 9, uid: 0, command: 'python jr_queue_worker.py' }]) },
      'fleet.alone',
      'bad',
    ],
    ['a taken port', { ports: seen([{ ...port, holder: stranger }]) }, 'network.api', 'bad'],
    [
      'a taken port nobody asked for',
      { ports: seen([{ ...port, holder: stranger, isWritten: false }]) },
      'network.api',
      'warn',
    ],
    [
      'a dead LLM',
      { upstreams: seen([{ ...upstream, outcome: { kind: 'failed', why: 'refused' } }]) },
      'network.llm',
      'bad',
    ],
    ['a wrong key', { upstreams: seen([{ ...upstream, outcome: answered(401) }]) }, 'network.llm', 'bad'],
    ['a sick LLM', { upstreams: seen([{ ...upstream, outcome: answered(503) }]) }, 'network.llm', 'warn'],
    [
      'a far LLM',
      { upstreams: seen([{ ...upstream, outcome: answered(200, 2_000) }]) },
      'network.llm',
      'warn',
    ],
    [
      'an unknown key',
      { upstreams: seen([{ ...upstream, outcome: answered(401), keyless: 'KEY is not set' }]) },
      'network.llm',
      'note',
    ],
    ['nobody to tell', { alerts: seen([]) }, 'network.alerts', 'note'],
    [
      'a deaf channel',
      { alerts: seen([{ name: 'ops', kind: 'command', problem: 'no such program', isOfShell: false }]) },
      'network.alerts',
      'bad',
    ],
    [
      'schedules without a zone',
      { schedules: seen({ timezone: 'UTC', asked: null, byHost: ['Night Jr.'], source: null }) },
      'machine.timezone',
      'warn',
    ],
    [
      'a zone that there is not',
      { schedules: seen({ timezone: null, asked: 'Nowhere/Foo', byHost: [], source: 'TZ' }) },
      'machine.timezone',
      'warn',
    ],
    ['ASCII', { terminal: { locale: 'C' } }, 'machine.locale', 'note'],
    ['musl', but('libraries', { glibc: null }), 'package.libraries', 'warn'],
    ['no shell', but('libraries', { missing: ['/bin/sh'] }), 'package.libraries', 'bad'],
    ['no account', but('libraries', { accountName: null }), 'package.libraries', 'note'],
    [
      'a damaged parcel',
      { parcels: seen({ places: [{ path: '/c', noexec: false, folders: [{ ...parcel, damage: 'cut' }] }] }) },
      'package.parcels',
      'warn',
    ],
    [
      'a cache on noexec',
      {
        parcels: seen({
          places: [
            { path: '/c', noexec: true, folders: [] },
            { path: '/v', noexec: false, folders: [parcel] },
          ],
        }),
      },
      'package.noexec',
      'note',
    ],
    [
      'noexec everywhere',
      { parcels: seen({ places: [{ path: '/c', noexec: true, folders: [] }] }) },
      'package.noexec',
      'bad',
    ],
    [
      'another version’s parcel',
      { parcels: seen({ places: [{ path: '/c', noexec: false, folders: [{ ...parcel, isOurs: false }] }] }) },
      'package.others',
      'note',
    ],
    [
      'what takes too long',
      { disks: { kind: 'unseen', why: 'not known: it took longer than 2 s' } },
      'machine.disk',
      'skipped',
    ],
  ])('%s', (_, change, name, level) => {
    const checks = judgeMachine({ ...sound, ...change })
    const found = checks.filter((check) => check.level !== 'ok')
    expect(found.map((check) => [check.name, check.level])).toEqual(level === 'ok' ? [] : [[name, level]])
  })

  it('gives every finding a remedy', () => {
    const checks = judgeMachine({ ...sound, ...unit({ active: 'failed' }), alerts: seen([]) })
    for (const { level, remedy } of checks) expect(remedy === null).toBe(level === 'ok')
  })

  it('finds no comfort in what is not unpacked where nothing can be', () => {
    const parcels = seen({ places: [{ path: '/c', noexec: true, folders: [] }] })
    const checks = judgeMachine({ ...sound, parcels })
    expect(checks.filter(({ name }) => name.startsWith('package.parcels'))).toEqual([])
  })

  it('speaks of user units and their lingering', () => {
    const services = { ...unit({ scope: 'user' }) }
    if (services.services?.kind !== 'seen') throw new Error('they are seen')
    const checks = judgeMachine({
      ...sound,
      services: seen({ ...services.services.value, lingering: false }),
    })
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'service.lingering', remedy: 'loginctl enable-linger' }),
    )
  })

  it.each([
    [54 * 2 ** 20, /, less than 100 MiB$/],
    [500 * 2 ** 20, /, less than 1\.0 GiB$/],
    [2 ** 34, /are free for [^,]*$/],
  ])('%i bytes free: tells the floor that they are under', (freeBytes, words) => {
    const checks = judgeMachine({ ...sound, disks: seen([{ ...disk, freeBytes }]) })
    expect(checks.find(({ name }) => name === 'machine.disk')?.text).toMatch(words)
  })
})

it.each([
  ['0.1.0', '0.1.9', 0],
  ['0.1.0', '0.2.0', 1],
  ['1.4.0', '1.2.0', 2],
  ['1.0.0', '2.0.0', Number.POSITIVE_INFINITY],
])('%s and %s are %s versions apart', (one, other, steps) => expect(stepsBetween(one, other)).toBe(steps))
