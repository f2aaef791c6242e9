import type { UnitState } from '../../domain/install/unit-state.ts'
import type { Refused, UnitManager } from '../../ports/unit-manager.ts'
import { type ProgramAnswer, runProgram, whyFailed } from './run-program.ts'
import { lifeProperties, livesIn, paragraphsOf } from './unit-lives.ts'

export interface SystemctlOptions {
  /** `machine`: units of an image; only enabling and disabling have a meaning there. `account`: another account's own manager. */
  of:
    | { kind: 'system' }
    | { kind: 'user' }
    | { kind: 'image'; root: string }
    | { kind: 'account'; account: string }
  env: NodeJS.ProcessEnv
}

/** What is asked is answered at once, or never. */
const askMs = 10_000
/** To load all units anew takes seconds on a large machine. */
const reloadMs = 60_000
/** Stopping has limits of its own, which the caller knows; disabling a running unit waits for its end. */
const disableMs = 180_000
const lastLines = 15

/** systemd by its own program, `systemctl`: it is wherever systemd is, and knows all ways to reach it. Never asks for a password. */
export function createSystemctl({ of, env }: SystemctlOptions): UnitManager {
  const whose = {
    system: [],
    user: ['--user'],
    image: of.kind === 'image' ? [`--root=${of.root}`] : [],
    account: of.kind === 'account' ? ['--user', `--machine=${of.account}@.host`] : [],
  }[of.kind]

  function ask(args: readonly string[], timeoutMs = askMs): Promise<ProgramAnswer> {
    return runProgram({
      program: 'systemctl',
      args: ['--no-ask-password', '--no-pager', ...whose, ...args],
      env: { ...env, LC_ALL: 'C' },
      timeoutMs,
    })
  }
  async function order(args: readonly string[], timeoutMs?: number): Promise<Refused> {
    const answer = await ask(args, timeoutMs)
    return answer.kind === 'ended' && answer.code === 0 ? null : whyFailed(answer, 'systemctl')
  }
  async function property(unit: string, name: string): Promise<string> {
    const answer = await ask(['show', '--value', '-p', name, '--', unit])
    return answer.kind === 'ended' && answer.code === 0 ? answer.stdout.trim() : ''
  }

  /** A start of it would be kept until its timer (RestartSec=) has run out; a restart is at once, and ends nothing: nothing runs. */
  async function waitsToBeStarted(unit: string): Promise<boolean> {
    return of.kind !== 'image' && (await property(unit, 'SubState')).startsWith('auto-restart')
  }

  /** One that has failed would be told of for ever, also when its file is gone. */
  async function forget(units: readonly string[]): Promise<void> {
    if (of.kind !== 'image') await ask(['reset-failed', '--', ...units])
  }

  return {
    async absent() {
      if (of.kind === 'image') return order(['--version'])
      const answer = await ask(['show', '-p', 'Version'])
      return answer.kind === 'ended' && answer.code === 0 ? null : whyFailed(answer, 'systemctl')
    },
    async states(names) {
      if (names.length === 0) return []
      return of.kind === 'image' ? statesInImage(names, ask) : statesNow(names, ask)
    },
    async lives(names) {
      if (names.length === 0 || of.kind === 'image') return []
      const answer = await ask(['show', '-p', lifeProperties.join(','), '--', ...names])
      return answer.kind === 'ended' && answer.code === 0 ? livesIn(answer.stdout, names) : null
    },
    async up(pattern) {
      if (of.kind === 'image') return []
      const states = '--state=active,reloading,activating,deactivating'
      const answer = await ask(['list-units', '--plain', '--no-legend', '--full', states, '--', pattern])
      if (answer.kind !== 'ended' || answer.code !== 0) return []
      return answer.stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || [])
    },
    statusText: (unit) => property(unit, 'StatusText'),
    async mainPid(unit) {
      const pid = Number(await property(unit, 'MainPID'))
      return Number.isInteger(pid) && pid > 0 ? pid : null
    },
    reload: () => order(['daemon-reload'], reloadMs),
    reloadUnit: (unit) => order(['reload', '--', unit], reloadMs),
    // Where one of that name was enabled before, its links may lead to another file; `enable` would take offence.
    enable: (units) => order(['reenable', '--', ...units], reloadMs),
    async disable(units, { now }) {
      const refused = await order(['disable', ...(now ? ['--now'] : []), '--', ...units], disableMs)
      await forget(units)
      return refused
    },
    async start(unit, { isRestart, timeoutMs }) {
      // One that failed too often is not started again before that is forgotten.
      await ask(['reset-failed', '--', unit])
      const verb = isRestart || (await waitsToBeStarted(unit)) ? 'restart' : 'start'
      return order([verb, '--', unit], timeoutMs)
    },
    async stop(units, timeoutMs) {
      const refused = await order(['stop', '--', ...units], timeoutMs)
      await forget(units)
      return refused
    },
    async lastWords(unit, sinceMs) {
      const isUser = of.kind === 'user' || of.kind === 'account'
      const args = [
        ...(isUser ? ['--user'] : []),
        '-u',
        unit,
        '-n',
        String(lastLines),
        `--since=@${Math.floor(sinceMs / 1000)}`,
        '-o',
        'cat',
        '--no-pager',
      ]
      const answer = await runProgram({ program: 'journalctl', args, env, timeoutMs: askMs })
      if (answer.kind !== 'ended' || answer.code !== 0) return []
      return answer.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('-- No entries'))
    },
  }
}

type Ask = (args: readonly string[]) => Promise<ProgramAnswer>

const properties = ['Id', 'LoadState', 'ActiveState', 'UnitFileState'] as const

async function statesNow(names: readonly string[], ask: Ask): Promise<UnitState[] | null> {
  const answer = await ask(['show', '-p', properties.join(','), '--', ...names])
  if (answer.kind !== 'ended' || answer.code !== 0) return null
  return paragraphsOf(answer.stdout, names).map(({ name, found }) => ({
    name,
    load: found.get('LoadState') ?? 'not-found',
    active: found.get('ActiveState') ?? 'inactive',
    enabled: found.get('UnitFileState') ?? '',
  }))
}

async function statesInImage(names: readonly string[], ask: Ask): Promise<UnitState[]> {
  const states: UnitState[] = []
  for (const name of names) {
    const answer = await ask(['is-enabled', '--', name])
    const enabled = answer.kind === 'ended' ? (answer.stdout.trim().split('\n')[0] ?? '') : ''
    states.push({ name, load: enabled === '' ? 'not-found' : 'loaded', active: 'inactive', enabled })
  }
  return states
}
