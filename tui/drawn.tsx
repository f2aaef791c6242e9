import { render, useApp } from 'ink'
import { useInsertionEffect } from 'react'
import { App } from './app.tsx'
import type { Presenter, TerminalStream } from './presenter.ts'
import type { Store } from './store.ts'
import type { Theme } from './theme.ts'

export interface Drawn {
  store: Store
  theme: Theme
  stdin: NodeJS.ReadableStream
  stdout: TerminalStream
}

type Suspend = ReturnType<typeof useApp>['suspendTerminal']

/** Keys are answered at once up to this rate; data comes far more rarely, paced by `effects.ts`. */
const framesPerSecond = 30

/** The state as frames on the terminal's alternate screen, which leaves no trace of itself. */
export function draw({ store, theme, stdin, stdout }: Drawn): Presenter {
  let suspendTerminal: Suspend | undefined
  const tree = (
    <>
      <Handle take={(suspend) => (suspendTerminal = suspend)} />
      <App store={store} theme={theme} />
    </>
  )
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
  return {
    left: ink.waitUntilExit().then(() => {}),
    leave: () => ink.unmount(),
    async suspend(action) {
      await suspendTerminal?.(action)
    },
  }
}

/** Ink hands the way to give the terminal back to components alone. */
function Handle({ take }: { take: (suspend: Suspend) => void }) {
  const { suspendTerminal } = useApp()
  useInsertionEffect(() => take(suspendTerminal), [take, suspendTerminal])
  return null
}
