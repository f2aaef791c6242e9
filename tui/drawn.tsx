import { render, useApp } from 'ink'
import { useInsertionEffect } from 'react'
import { App } from './app.tsx'
import { type Presenter, sizeOf, type TerminalStream } from './presenter.ts'
import type { Store } from './store.ts'
import type { Theme } from './theme.ts'

export interface Drawn {
  store: Store
  theme: Theme
  stdin: NodeJS.ReadableStream & { setRawMode?(isRaw: boolean): unknown }
  stdout: TerminalStream
}

type Suspend = ReturnType<typeof useApp>['suspendTerminal']

/**
 * Keys are answered at once up to this rate, also just after data has been drawn; that comes far more rarely, paced by `effects.ts`.
 * A key that repeats comes thirty times a second.
 */
const framesPerSecond = 100
/** What is seen, and nothing of what can be scrolled back to. */
const homeAndEraseDown = '\u001B[H\u001B[J'

/** The state as frames on the terminal's alternate screen, which leaves no trace of itself. */
export function draw({ store, theme, stdin, stdout }: Drawn): Presenter {
  let suspendTerminal: Suspend | undefined
  /** Does the terminal belong to somebody else? */
  let isGiven = false
  const tree = (
    <>
      <Handle take={(suspend) => (suspendTerminal = suspend)} />
      <App store={store} theme={theme} />
    </>
  )
  // Keys that were pressed meanwhile have been echoed: what is drawn from there on would be wrapped by the terminal. From here on none
  // is: Ink sees to that only once it has drawn.
  stdin.setRawMode?.(true)
  stdout.write('\r')
  const ink = render(tree, {
    stdin,
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    // Else Ink would decide by CI variables, which some have in their shells; that there is a terminal is known here.
    interactive: true,
    // Whoever hears the screen has another presenter; Ink would draw all of it anew at each change.
    isScreenReaderEnabled: false,
    exitOnCtrlC: false,
    // Nothing here writes to the console.
    patchConsole: false,
    maxFps: framesPerSecond,
  })
  /**
   * Before Ink hears of it: it would draw the old frame in the new size, whose lines the terminal wraps, and then count its
   * lines from there. So it finds an empty screen and the new frame.
   */
  const fit = () => {
    if (isGiven) return
    ink.clear()
    stdout.write(homeAndEraseDown)
    // Renders at once what the new size has changed.
    ink.rerender(tree)
  }
  const resized = () => {
    store.dispatch({ kind: 'resized', size: sizeOf(stdout) })
    fit()
  }
  stdout.prependListener('resize', resized)
  let isLeft = false
  const leave = () => {
    isLeft = isGiven = true
    ink.unmount()
  }
  return {
    left: ink
      .waitUntilExit()
      .then(() => {})
      .finally(() => {
        isLeft = isGiven = true
        stdout.off('resize', resized)
      }),
    leave,
    async suspend(action) {
      isGiven = true
      await suspendTerminal?.(() => action().finally(() => (isGiven = isLeft)))
      // Ink goes on where the shell has left the cursor.
      fit()
    },
  }
}

/** Ink hands the way to give the terminal back to components alone. */
function Handle({ take }: { take: (suspend: Suspend) => void }) {
  const { suspendTerminal } = useApp()
  useInsertionEffect(() => {
    take(suspendTerminal)
  }, [take, suspendTerminal])
  return null
}
