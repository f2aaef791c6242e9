import type { ApiClient } from '../src/client/client.ts'
import { messageOf, OperationalError, UserError } from '../src/errors.ts'
import type { Clock, Timer } from '../src/ports/clock.ts'
import { perform } from './changes/perform.ts'
import type { AppEvent } from './event.ts'
import { Paced } from './paced.ts'
import { createLogFollower } from './screens/logs/follow.ts'
import { type Answered, intervalMsOf, type Load, type SourceName, sourceNames, sources } from './sources.ts'
import type { Effect, Now } from './state.ts'

export interface EffectContext {
  client: Pick<ApiClient, 'call' | 'followLog'>
  clock: Clock
  dispatch: (event: AppEvent) => void
  quit: () => void
  /** Gives the terminal to the shell until it continues this program. */
  suspend: () => void
}

export interface Effects {
  perform(effect: Effect): void
  /** Nothing is asked or dispatched after it, and what is under way is given up: it must not hold the process. */
  stop(): void
}

/**
 * A busy fleet changes many times a second, and to show each change would take a tenth of a core: it is shown once a second, and at
 * once what the operator has changed.
 */
const statusIntervalMs = 1000
/** What changes together is told piece by piece: the queue, then the order of the tasks, then the workers. */
const statusSettleMs = 80
/** What nothing tells of (memory, tokens, ages) is asked for when it has become so old; never where something changes each second. */
const statusAgedMs = 1200

type Refresh = Effect & { kind: 'refresh' }

/** Does what the state asks for, through the API alone; answers come back as events. */
export function createEffects({ client, clock, dispatch, quit, suspend }: EffectContext): Effects {
  const stopping = new AbortController()
  const { signal } = stopping
  const answered = (event: AppEvent) => {
    if (!signal.aborted) dispatch(event)
  }
  const attempt = async (effect: Effect, ask: () => Promise<AppEvent>) => {
    try {
      answered(await ask())
    } catch (error) {
      answered({ kind: 'failed', effect, reason: reasonOf(error) })
    }
  }
  const refresh = new Paced<Refresh>(
    clock,
    statusIntervalMs,
    (effect) =>
      attempt(effect, async () => {
        return { kind: 'status', status: await client.call('status', {}, signal), now: nowOf(clock) }
      }),
    statusSettleMs,
  )
  let aging: Timer | undefined
  const refreshOnceAged = (effect: Refresh) => {
    const leftMs = refresh.startedMs + statusAgedMs - clock.monotonicMs()
    if (leftMs <= 0) return refresh.request(effect)
    aging ??= clock.after(leftMs, () => {
      aging = undefined
      refreshOnceAged(effect)
    })
  }
  const pacedSource = () =>
    new Paced<Load>(clock, intervalMsOf, (load) =>
      attempt({ kind: 'load', ...load }, async () => ({
        kind: 'loaded',
        ...(await answerOf(client, load, signal)),
      })),
    )
  const paced = Object.fromEntries(sourceNames.map((name) => [name, pacedSource()])) as Record<
    SourceName,
    Paced<Load>
  >

  const logs = createLogFollower({ client, clock, dispatch: answered })

  return {
    perform(effect) {
      if (signal.aborted) return
      switch (effect.kind) {
        case 'refresh':
          if (effect.because === 'time') return refreshOnceAged(effect)
          return effect.because === 'operator' ? refresh.hurry(effect) : refresh.request(effect)
        case 'load':
          return paced[effect.source].request(effect)
        case 'change': {
          const { change } = effect
          void attempt(effect, async () => ({
            kind: 'done',
            outcome: await perform(client, change, signal),
          }))
          return
        }
        case 'follow_log':
          return logs.follow(effect.log)
        case 'quit':
          return quit()
        case 'suspend':
          return suspend()
        default:
          effect satisfies never
      }
    },
    stop() {
      stopping.abort()
      aging?.cancel()
      logs.follow(null)
      for (const each of [refresh, ...Object.values(paced)]) each.stop()
    },
  }
}

/** Asks a source. Throws what the daemon answers instead. */
export async function answerOf(
  client: Pick<ApiClient, 'call'>,
  load: Load,
  signal: AbortSignal,
): Promise<Answered> {
  const { source, by } = load
  const asked = sources[source] as {
    ask(...given: [typeof client, Load['by'], AbortSignal]): Promise<unknown>
  }
  return { source, by, answer: await asked.ask(client, by, signal) } as Answered
}

export function nowOf(clock: Clock): Now {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
}

/** What went wrong, and the shortest way on: of several the last, for whoever asks by a program. */
function reasonOf(error: unknown): string {
  const hint = error instanceof UserError || error instanceof OperationalError ? error.hint : undefined
  const next = hint?.trim().split('\n').at(-1) ?? ''
  return next === '' ? messageOf(error) : `${messageOf(error)}. ${next}`
}
