import type { ApplyTale } from '../cli/install/service.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import type { InstallStep } from '../domain/install/step.ts'
import { OperationalError } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { UnitManager } from '../ports/unit-manager.ts'
import type { InstallPlace } from './run-install-place.ts'
import type { StepOutcome } from './run-install-apply.ts'

/** A start may ask for more time as it goes (a large migration); who waits at a terminal has some end to it. */
const startMs = 600_000
const progressEveryMs = 2_000

interface StartContext {
  place: InstallPlace
  tale: ApplyTale
  clock: Clock
}

/**
 * Starts a unit and waits until it says that it is ready, telling what it says meanwhile. Nothing is undone when it is not: systemd goes
 * on trying, and says so.
 * @throws OperationalError `install.start` with the unit's last words
 */
export async function startUnit(
  { unit, isRestart }: Extract<InstallStep, { kind: 'start' }>,
  manager: UnitManager,
  { place, tale, clock }: StartContext,
): Promise<StepOutcome> {
  const [beganMs, sinceMs] = [clock.monotonicMs(), clock.wallMs()]
  const stopTelling = tellProgress(unit, manager, tale, clock)
  const refused = await manager.start(unit, { isRestart, timeoutMs: startMs }).finally(stopTelling)
  if (refused === null) {
    const tookMs = clock.monotonicMs() - beganMs
    return tookMs < progressEveryMs ? {} : { more: `ready after ${Math.round(tookMs / 1000)} s` }
  }
  const words = await manager.lastWords(unit, sinceMs)
  const systemctl = place.layout.scope === 'user' ? 'systemctl --user' : 'systemctl'
  throw new OperationalError(`${unit} did not start: ${refused}`, {
    code: 'install.start',
    retryable: true,
    hint: [
      ...(words.length === 0 ? [] : ['It said last:', ...words.map((line) => `  ${line}`)]),
      `It stays enabled, and systemd may try again. Stop that: ${systemctl} disable --now ${shellWord(unit)}`,
      `See to the cause, then run this again. More: ${systemctl} status ${shellWord(unit)}`,
    ].join('\n'),
  })
}

/** Answers what ends the telling. */
function tellProgress(unit: string, manager: UnitManager, tale: ApplyTale, clock: Clock): () => void {
  let isOver = false
  let timer: Timer
  let last = ''
  const look = async (): Promise<void> => {
    const text = await manager.statusText(unit)
    if (isOver) return
    if (text !== '' && text !== last) tale.progress(`${unit}: ${text}`)
    last = text
    timer = clock.after(progressEveryMs, () => void look(), { background: true })
  }
  timer = clock.after(progressEveryMs, () => void look(), { background: true })
  return () => {
    isOver = true
    timer.cancel()
  }
}
