import { Box, Text, useInput, usePaste } from 'ink'
import { useSyncExternalStore } from 'react'
import { footerLines } from './components/footer.ts'
import { headerLines } from './components/header.ts'
import { helpLines } from './components/help.ts'
import { Rows } from './components/rows.tsx'
import { tabsLine } from './components/tabs.ts'
import { keysOf } from './key-name.ts'
import { pageHeight, smallest } from './layout.ts'
import { PositionsView } from './screens/positions/view.tsx'
import { TaskView } from './screens/task/view.tsx'
import { TasksView } from './screens/tasks/view.tsx'
import { WorkersView } from './screens/workers/view.tsx'
import type { AppState, ScreenName } from './state.ts'
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

interface ViewProps {
  state: AppState
  theme: Theme
}

const views: Record<ScreenName, (props: ViewProps) => React.ReactNode> = {
  positions: PositionsView,
  workers: WorkersView,
  tasks: TasksView,
}

/** One frame, of a state alone. Never higher than the terminal: Ink would clear the scrollback to make room. */
export function Frame({ state, theme }: ViewProps) {
  const { columns, rows } = state.size
  if (columns < smallest.columns || rows < smallest.rows) return <TooSmall />
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows lines={[...headerLines(state), [], tabsLine(state)]} theme={theme} />
      <Box flexDirection="column" height={pageHeight(state.size)} overflow="hidden">
        <Page state={state} theme={theme} />
      </Box>
      <Rows lines={footerLines(state)} theme={theme} />
    </Box>
  )
}

function Page({ state, theme }: ViewProps) {
  if (state.help) return <Rows lines={helpLines(state)} theme={theme} />
  if (state.detail) return <TaskView state={state} detail={state.detail} theme={theme} />
  const View = views[state.screen]
  return <View state={state} theme={theme} />
}

function TooSmall() {
  return <Text wrap="truncate">{`too small: ${smallest.columns} × ${smallest.rows}; q quits`}</Text>
}
