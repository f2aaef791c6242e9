import { createHash } from 'node:crypto'
import type { Found, RunningUnit } from '../../../src/domain/install/found.ts'
import type { InstallSeen, InstallWish } from '../../../src/domain/install/plan-install.ts'
import { type InstallRecord, parseRecord, type Profile } from '../../../src/domain/install/record.ts'
import { sealed } from '../../../src/domain/install/seal.ts'
import type { InstallStep } from '../../../src/domain/install/step.ts'
import { concerns } from '../../../src/domain/install/unit-state.ts'
import { workersAreUnits } from '../../../src/domain/units/daemon-unit.ts'
import { healthTimer } from '../../../src/domain/units/health-units.ts'
import { enabledUnits, type Installation, unitFiles } from '../../../src/domain/units/unit-files.ts'
import { daemonUnit, workerOfUnit } from '../../../src/domain/units/unit-name.ts'
import { systemLayout } from './system-layout.ts'

/** What somebody wants of the machine. */
export interface Wanted {
  profile: Profile
  needs: string
  workers: string[]
  /** Of the program. */
  version: number
}

/** A process as its unit was when it was started. */
interface Process {
  settings: string
  version: number
  since: number
}

const program = '/usr/local/bin/jrctl'
const layout = systemLayout
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const profileIn = (settings: string): Profile =>
  settings.includes(workersAreUnits) ? 'hardened' : 'standard'
const byPath = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1)
const isWorker = (unit: string) => workerOfUnit(unit) !== null

const installation = (wanted: Wanted): Installation => ({
  scope: 'system',
  profile: wanted.profile,
  program,
  config: layout.config,
  account: 'jr',
  needs: [wanted.needs],
  workers: wanted.workers.map((name) => ({
    name,
    instance: 1,
    user: null,
    limits: null,
    restart: 'always',
    stopSignal: 'SIGTERM',
    stopMs: 1,
    notifies: true,
    after: [],
  })),
  scheduled: [],
  stateDir: layout.stateDir,
  logsDir: layout.logsDir,
  sockets: [],
  environmentFile: layout.environmentFile,
  stopMs: 1,
  healthTimer: true,
})

export function wishFor(wanted: Wanted): InstallWish {
  const { profile, needs, version } = wanted
  const files = unitFiles(installation(wanted))
  return {
    layout,
    profile,
    account: 'jr',
    config: layout.config,
    stateDir: layout.stateDir,
    needs: [needs],
    program: { kind: 'copy', from: `/root/jrctl-${version}`, path: program, why: 'as asked' },
    files: files.map(({ path, text }) => ({
      path: `${layout.unitFolder}/${path}`,
      text: sealed(text, digest),
      mode: 0o644,
    })),
    ownFolders: [],
    startingConfig: null,
    units: enabledUnits(installation(wanted)),
    enable: true,
    shutdown: { workers: 'stop', finishGraceMs: 1 },
    unready: null,
    cronLines: null,
    force: false,
    digest,
  }
}

/** A machine with a systemd as far as an installation has to do with it: what is written, what of it is read, what runs. */
export class Machine {
  #now = 1
  readonly #files = new Map<string, { text: string; mode: number; at: number }>()
  #read = new Map<string, string>()
  readonly #enabled = new Set<string>()
  readonly #active = new Map<string, Process>()
  /** Workers of the daemon's own. */
  #children: string[] = []
  #version = 0
  #record: InstallRecord | null = null
  #configured: string[] = []

  configure(workers: string[]): void {
    this.#configured = workers
  }

  see(wish: InstallWish, version: number): InstallSeen {
    const wanted = new Set(wish.files.map(({ path }) => path))
    const below = [...this.#files.keys()].filter((path) => path.startsWith(layout.unitFolder))
    const ours = [...new Set([...this.#enabled, ...[...this.#active.keys()].filter(isWorker)])]
    return {
      files: new Map(
        [...this.#files].map(([path, { text, mode }]): [string, Found] => [
          path,
          { kind: 'file', text, mode },
        ]),
      ),
      living: null,
      accountBefore: this.#record?.account ?? null,
      missingFolders: [],
      missingOwnFolders: [],
      stale: below
        .filter((path) => !wanted.has(path))
        .map((path) => ({ path: path.slice(layout.unitFolder.length + 1), isOurs: true })),
      staleUnits: ours.filter((unit) => !wish.units.includes(unit)),
      units: new Map(
        wish.units.map((name) => [
          name,
          {
            name,
            load: 'loaded',
            active: this.#active.has(name) ? 'active' : 'inactive',
            enabled: this.#enabled.has(name) ? 'enabled' : 'disabled',
          },
        ]),
      ),
      running: new Map([...this.#active].map(([unit, process]) => [unit, this.#running(unit, process)])),
      isUnread: wish.units.some((unit) => this.#isUnread(unit)),
      record: this.#record,
      lingers: null,
      crontab: null,
      oldCrontab: null,
      isCopyCurrent: this.#version === version,
      oldUnits: [],
      oldProcesses: [],
      oldTexts: [],
    }
  }

  apply(step: InstallStep): void {
    this.#now += 1
    switch (step.kind) {
      case 'note_record':
        this.#record = parseRecord(step.text)
        return
      case 'copy_program':
        this.#version = Number(step.from.split('-')[1])
        return
      case 'write_file':
        this.#files.set(step.path, { text: step.text, mode: step.mode, at: this.#now })
        return
      case 'remove_file':
        this.#files.delete(step.path)
        return
      case 'reload':
        this.#reload()
        return
      case 'enable':
        this.#reload()
        for (const unit of step.units) this.#enabled.add(unit)
        return
      case 'disable':
        for (const unit of step.units) this.#enabled.delete(unit)
        return
      case 'stop':
        for (const unit of step.units) this.#stop(unit)
        return
      case 'start':
        if (step.isRestart) this.#stop(step.unit)
        this.#start(step.unit)
        return
      case 'reload_daemon':
        this.readConfig()
        return
      case 'end_left':
      case 'end_processes':
      case 'linger':
      case 'make_folder':
      case 'make_own_folder':
      case 'remove_folder':
      case 'remove_tree':
      case 'stop_daemon':
      case 'switch_off':
      case 'write_crontab':
        return
      default:
        step satisfies never
    }
  }

  /** What a reload does; a configuration that was changed is read by nobody else. */
  readConfig(): void {
    if (this.#children.length > 0) this.#children = this.#configured
  }

  /** The daemon dies, and systemd starts it again by what it has read. */
  crash(): void {
    this.#now += 1
    if (!this.#active.has(daemonUnit)) return
    this.#stop(daemonUnit)
    this.#start(daemonUnit)
  }

  reboot(): void {
    this.#now += 1
    for (const unit of this.#active.keys()) this.#stop(unit)
    this.#reload()
    for (const unit of this.#enabled) this.#start(unit)
  }

  /** Each worker as often as it runs, whoever runs it. */
  workers(): string[] {
    const units = [...this.#active.keys()].flatMap((unit) => workerOfUnit(unit)?.name ?? [])
    return [...this.#children, ...units].sort()
  }

  /** All that matters of it; not when it happened. */
  state() {
    return {
      files: Object.fromEntries([...this.#files].map(([path, { text }]) => [path, text])),
      enabled: [...this.#enabled].sort(),
      active: Object.fromEntries(
        [...this.#active].map(([unit, { settings, version }]) => [unit, { settings, version }]),
      ),
      isRead: [...this.#active.keys()].every((unit) => !this.#isUnread(unit)),
      version: this.#version,
      workers: this.workers(),
      record: this.#record,
    }
  }

  #settings(unit: string): string {
    const files = [...this.#files].filter(([path]) => this.#isOf(path, unit)).sort(byPath)
    return files.map(([, { text }]) => text).join('')
  }

  #isOf(path: string, unit: string): boolean {
    return path.startsWith(layout.unitFolder) && concerns(path.slice(layout.unitFolder.length + 1), unit)
  }

  #isUnread(unit: string): boolean {
    const read = this.#read.get(unit)
    return read !== undefined && read !== this.#settings(unit)
  }

  #reload(): void {
    this.#read = new Map(
      [...this.#active.keys(), ...this.#enabled].map((unit) => [unit, this.#settings(unit)]),
    )
  }

  #stop(unit: string): void {
    this.#active.delete(unit)
    if (unit === daemonUnit) this.#children = []
  }

  #start(unit: string): void {
    if (this.#active.has(unit)) return
    const settings = this.#read.get(unit) ?? this.#settings(unit)
    this.#read.set(unit, settings)
    // In the standard profile a worker's unit refuses.
    if (isWorker(unit) && profileIn(settings) === 'standard') return
    const version = unit === healthTimer ? 0 : this.#version
    this.#active.set(unit, { settings, version, since: this.#now })
    if (unit === daemonUnit && profileIn(settings) === 'standard') this.#children = this.#configured
  }

  #running(unit: string, { settings, version, since }: Process): RunningUnit {
    const written = [...this.#files].flatMap(([path, { at }]) => (this.#isOf(path, unit) ? [at] : []))
    return {
      sinceMs: since,
      settingsMs: written.length === 0 ? null : Math.max(...written),
      variablesMs: null,
      isUnread: this.#isUnread(unit),
      usesProgram: unit !== healthTimer,
      isReplaced: unit !== healthTimer && version !== this.#version,
      profile: unit === daemonUnit ? profileIn(settings) : null,
    }
  }
}
