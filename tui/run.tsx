import { render } from 'ink'
import type { ApiClient } from '../src/client/client.ts'
import type { StatusView } from '../src/contract/views.ts'
import type { Clock } from '../src/ports/clock.ts'
import { prepareWidths } from '../src/text/fit.ts'
import { App } from './app.tsx'
import { createEffects, nowOf } from './effects.ts'
import { follow } from './feed.ts'
import { initialState, type Size } from './state.ts'
import { createStore } from './store.ts'
import { createTheme, type Paint } from './theme.ts'

export interface TopOptions {
  client: ApiClient
  clock: Clock
  stdin: NodeJS.ReadableStream
  stdout: TerminalStream
  /** Puts a style on text; leaves text alone where no colour is wanted. */
  paint: Paint
  readOnly: boolean
  /** The first screen. */
  status: StatusView
  /** Ends it, as SIGTERM does. */
  interrupted: AbortSignal
}

export type TerminalStream = NodeJS.WritableStream & { columns?: number; rows?: number }

/** Ages are told in seconds. */
const tickMs = 1000
/** Keys are answered at once up to this rate; data comes far more rarely, paced by `effects.ts`. */
const framesPerSecond = 30

/**
 * Shows the fleet until the operator quits, the signal is aborted or the terminal goes away; the terminal is as it was
 * afterwards, also after an error or a signal (Ink hears of the process's end). Rejects with what went wrong in it.
 */
export async function runTop(options: TopOptions): Promise<void> {
  const { client, clock, stdin, stdout } = options
  // Titles may be of any script: measure them exactly from the first frame on.
  await prepareWidths(['日本'])
  const ended = new AbortController()
  const quit = () => ink.unmount()
  const effects = createEffects({ client, clock, quit, dispatch: (event) => store.dispatch(event) })
  const store = createStore(
    initialState({
      now: nowOf(clock),
      size: sizeOf(stdout),
      readOnly: options.readOnly,
      status: options.status,
    }),
    (effect) => effects.perform(effect),
  )
  const ink = render(<App store={store} theme={createTheme(options.paint)} />, {
    stdin,
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    // Else Ink would decide by CI variables, which some have in their shells; that there is a terminal is known here.
    interactive: true,
    exitOnCtrlC: false,
    // Nothing here writes to the console.
    patchConsole: false,
    maxFps: framesPerSecond,
  })
  const resized = () => store.dispatch({ kind: 'resized', size: sizeOf(stdout) })
  stdout.on('resize', resized)
  for (const end of ['end', 'close', 'error']) stdin.on(end, quit)
  options.interrupted.addEventListener('abort', quit, { once: true })
  if (options.interrupted.aborted) quit()
  const feed = follow({ client, clock, dispatch: (event) => store.dispatch(event), signal: ended.signal })
  const ticks = tick(clock, ended.signal, () => store.dispatch({ kind: 'tick', now: nowOf(clock) }))
  try {
    await ink.waitUntilExit()
  } finally {
    stdout.off('resize', resized)
    for (const end of ['end', 'close', 'error']) stdin.off(end, quit)
    options.interrupted.removeEventListener('abort', quit)
    effects.stop()
    ended.abort()
    await Promise.all([feed, ticks])
  }
}

async function tick(clock: Clock, signal: AbortSignal, action: () => void): Promise<void> {
  while (!signal.aborted) {
    // Rejects only when it is aborted, which the loop's condition sees.
    await clock.sleep(tickMs, signal).catch(() => {})
    if (!signal.aborted) action()
  }
}

function sizeOf({ columns, rows }: TerminalStream): Size {
  return { columns: columns ?? 80, rows: rows ?? 24 }
}
