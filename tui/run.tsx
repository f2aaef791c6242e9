import type { ApiClient } from '../src/client/client.ts'
import type { StatusView } from '../src/contract/views.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { TerminalLife } from '../src/ports/terminal-life.ts'
import { measureBy } from '../src/text/fit.ts'
import { draw } from './drawn.tsx'
import { createEffects, nowOf } from './effects.ts'
import type { AppEvent } from './event.ts'
import { follow } from './feed.ts'
import quickWidth from './ink/quick-width.ts'
import { type Presenter, sizeOf, type TerminalStream } from './presenter.ts'
import { speak, spokenSize } from './spoken/speak.ts'
import { screenNamed } from './screens/named.ts'
import { type AppState, type Drawing, initialState, type ScreenName, screenNames } from './state.ts'
import { createStore, type Store } from './store.ts'
import { createTheme, type Paint } from './theme.ts'

export interface TopOptions {
  client: ApiClient
  clock: Clock
  stdin: NodeJS.ReadableStream
  stdout: TerminalStream
  /** What the shell does to it. */
  terminal: TerminalLife
  /** Puts a style on text; leaves text alone where no colour is wanted. */
  paint: Paint
  /** As lines that are told one after the other, for whoever hears them. */
  isSpoken: boolean
  /** How bars and curves are drawn. */
  drawing: Drawing
  readOnly: boolean
  /** Why the daemon would refuse every change, as far as that is known; null: it would not. */
  refusal?: string | null
  /** What is shown first. */
  status: StatusView
  /** The screen to begin with, by its name or title; by default the positions. */
  screen?: string | undefined
  /** Ends it, as SIGTERM does. */
  interrupted: AbortSignal
  /** Hands over what is to be told on the screen, from when it is shown. */
  onShown?: (tell: (text: string) => void) => void
}

/** Ages are told in seconds. */
const tickMs = 1000

/**
 * Shows the fleet until the operator quits, the signal is aborted or the terminal goes away; the terminal is as it was
 * afterwards, also after an error or a signal. Rejects with what went wrong in it.
 */
export async function runTop(options: TopOptions): Promise<void> {
  const { client, clock } = options
  // A name that no screen has is told before the terminal is taken.
  const first = options.screen === undefined ? null : screenNamed(options.screen)
  // Titles may be of any script: measure them exactly from the first frame on.
  measureBy(quickWidth)
  const session = new Session(options)
  const { signal, dispatch } = session
  const letGo = session.attend(options)
  if (first !== null) dispatch(keyOfScreen(first))
  options.onShown?.((text) => dispatch({ kind: 'told', text }))
  const feed = follow({ client, clock, dispatch, signal })
  const ticks = tick(clock, signal, () => dispatch({ kind: 'tick', now: nowOf(clock) }))
  try {
    await session.over
  } finally {
    letGo()
    session.stop()
    await Promise.all([feed, ticks])
  }
}

/** The state, what moves it and who shows it; ended by whoever comes first. */
class Session {
  /** Settles when the terminal has been given back; rejects with what went wrong. */
  readonly over: Promise<void>
  readonly signal: AbortSignal
  readonly #ended = new AbortController()
  readonly #store: Store
  readonly #effects: ReturnType<typeof createEffects>
  readonly #presenter: Presenter
  readonly #terminal: TerminalLife
  readonly #unwatch: () => void
  #isSuspended = false
  #crash: { error: unknown } | undefined

  constructor(options: TopOptions) {
    const { client, clock, terminal } = options
    this.signal = this.#ended.signal
    this.#terminal = terminal
    this.#effects = createEffects({
      client,
      clock,
      dispatch: this.dispatch,
      quit: this.#leave,
      suspend: () => void this.#suspend(),
    })
    this.#store = createStore(firstState(options), (effect) => this.#effects.perform(effect))
    // Before the terminal is taken: from then on it must be given back.
    this.#unwatch = terminal.watch({
      stopAsked: () => void this.#suspend(),
      continued: () => void this.#suspend(async () => {}),
      crashed: this.#crashed,
    })
    const store = { ...this.#store, dispatch: this.dispatch }
    this.#presenter = present(store, options)
    this.over = this.#presenter.left.then(() => {
      if (this.#crash) throw this.#crash.error
    })
  }

  /** Never throws: an error in here would end the program with the terminal still taken. */
  readonly dispatch = (event: AppEvent): void => {
    try {
      this.#store.dispatch(event)
    } catch (error) {
      this.#crashed(error)
    }
  }

  /** Heeds what the terminal, the shell and the system do, until the returned function is called. */
  attend({ stdin, stdout, interrupted }: TopOptions): () => void {
    const ends = [stdin, stdout].flatMap((stream) =>
      ['end', 'close', 'error'].map((name) => ({ stream, name })),
    )
    for (const { stream, name } of ends) stream.on(name, this.#leave)
    interrupted.addEventListener('abort', this.#leave, { once: true })
    if (interrupted.aborted) this.#leave()
    return () => {
      for (const { stream, name } of ends) stream.off(name, this.#leave)
      interrupted.removeEventListener('abort', this.#leave)
    }
  }

  /** Nothing is asked or dispatched after it. */
  stop(): void {
    this.#unwatch()
    this.#effects.stop()
    this.#ended.abort()
  }

  readonly #leave = (): void => this.#presenter.leave()

  readonly #crashed = (error: unknown): void => {
    this.#crash ??= { error }
    this.#leave()
  }

  async #suspend(action = () => this.#terminal.stop()): Promise<void> {
    if (this.#isSuspended) return
    this.#isSuspended = true
    try {
      await this.#presenter.suspend(action)
    } catch (error) {
      this.#crashed(error)
    }
    this.#isSuspended = false
  }
}

/** Whoever wants to begin with a screen goes there as by its key: what it shows is asked for. */
function keyOfScreen(screen: ScreenName): AppEvent {
  const digit = String(screenNames.indexOf(screen) + 1)
  return { kind: 'key', key: { name: digit, text: digit } }
}

function firstState(options: TopOptions): AppState {
  const { client, clock, stdout, readOnly, refusal = null, isSpoken, drawing, status } = options
  const size = isSpoken ? spokenSize : sizeOf(stdout)
  const host = /^https?:/.test(client.where) ? client.where : null
  return initialState({
    now: nowOf(clock),
    size,
    readOnly,
    refusal,
    host,
    drawing: isSpoken ? 'words' : drawing,
    status,
  })
}

function present(store: Store, { stdin, stdout, clock, paint, isSpoken }: TopOptions): Presenter {
  if (isSpoken) return speak({ store, stdin, stdout, clock })
  return draw({ store, theme: createTheme(paint), stdin, stdout })
}

async function tick(clock: Clock, signal: AbortSignal, action: () => void): Promise<void> {
  while (!signal.aborted) {
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(tickMs, signal).catch(() => {})
    if (!signal.aborted) action()
  }
}
