import { Box, useInput, usePaste } from 'ink'
import { useMemo, useSyncExternalStore } from 'react'
import { Rows } from './components/rows.tsx'
import { keysOf } from './key-name.ts'
import { latestFrame, type Painted, painted } from './painted.ts'
import { pressAll } from './press.ts'
import type { AppState } from './state.ts'
import type { Store } from './store.ts'
import type { Theme } from './theme.ts'

/** The program: keys in, frames out. */
export function App({ store, theme }: { store: Store; theme: Theme }) {
  const latest = useMemo(() => latestFrame(store, theme), [store, theme])
  const frame = useSyncExternalStore(store.subscribe, latest)
  useInput((input, key) => {
    pressAll(store, keysOf(input, key))
  })
  usePaste((text) => store.dispatch({ kind: 'pasted', text }))
  return <Painting frame={frame} />
}

/** One frame, of a state alone. */
export function Frame({ state, theme }: { state: AppState; theme: Theme }) {
  return <Painting frame={painted(state, theme)} />
}

/** Not clipped: a frame fits its terminal by itself, and Ink would cut each row of it into cells to see to that. */
function Painting({ frame: { columns, rows } }: { frame: Painted }) {
  return (
    <Box flexDirection="column" width={columns} height={rows.length}>
      <Rows rows={rows} />
    </Box>
  )
}
