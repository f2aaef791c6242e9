import { Box, Text, useInput, usePaste } from 'ink'
import { useSyncExternalStore } from 'react'
import { footerLines } from './components/footer.ts'
import { headerLines } from './components/header.ts'
import { helpLines } from './components/help.ts'
import { Rows } from './components/rows.tsx'
import { tabsLine } from './components/tabs.ts'
import { keysOf } from './key-name.ts'
import { pageHeight, smallest } from './layout.ts'
import type { Line } from './line.ts'
import { pages } from './pages/pages.ts'
import { screens } from './screens/screens.ts'
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

interface ViewProps {
  state: AppState
  theme: Theme
}

/** One frame, of a state alone. Never higher than the terminal: Ink would clear the scrollback to make room. */
export function Frame({ state, theme }: ViewProps) {
  const { columns, rows } = state.size
  if (columns < smallest.columns || rows < smallest.rows) return <TooSmall />
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Rows lines={[...headerLines(state), [], tabsLine(state)]} theme={theme} />
      <Box flexDirection="column" height={pageHeight(state.size)} overflow="hidden">
        <Rows lines={pageLines(state)} theme={theme} />
      </Box>
      <Rows lines={footerLines(state)} theme={theme} />
    </Box>
  )
}

/** What is between the tabs and the foot. */
function pageLines(state: AppState): readonly Line[] {
  if (state.help) return helpLines(state)
  const page = state.pages.at(-1)
  if (!page) return screens[state.screen].lines(state)
  const lines = pages[page.kind].lines(state, page.id)
  return lines ? lines.slice(page.top, page.top + pageHeight(state.size)) : [[], ['  Asking …']]
}

function TooSmall() {
  return <Text wrap="truncate">{`too small: ${smallest.columns} × ${smallest.rows}; q quits`}</Text>
}
