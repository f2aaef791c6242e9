import { Box, useInput, usePaste } from 'ink'
import { useSyncExternalStore } from 'react'
import { Rows } from './components/rows.tsx'
import { frameLines } from './frame.ts'
import { keysOf } from './key-name.ts'
import type { AppState } from './state.ts'
import type { Store } from './store.ts'
import type { Theme } from './theme.ts'

/** The program: keys in, frames out. */
export function App({ store, theme }: { store: Store; theme: Theme }) {
  const state = useSyncExternalStore(store.subscribe, store.get)
  useInput((input, key) => {
    for (const pressed of keysOf(input, key)) store.dispatch({ kind: 'key', key: pressed })
  })
  usePaste((text) => store.dispatch({ kind: 'pasted', text }))
  return <Frame state={state} theme={theme} />
}

/** One frame. */
export function Frame({ state, theme }: { state: AppState; theme: Theme }) {
  const lines = frameLines(state)
  return (
    <Box flexDirection="column" width={state.size.columns} height={lines.length} overflow="hidden">
      <Rows lines={lines} theme={theme} />
    </Box>
  )
}
