import { Rows } from '../../components/rows.tsx'
import { pageHeight } from '../../layout.ts'
import type { AppState, DetailState } from '../../state.ts'
import type { Theme } from '../../theme.ts'
import { detailText } from './text.ts'

export function TaskView({ state, detail, theme }: { state: AppState; detail: DetailState; theme: Theme }) {
  const lines = detail.view
    ? detailText(detail.view, state.size.columns).slice(detail.top, detail.top + pageHeight(state.size))
    : [[`Asking for task ${detail.id} …`]]
  return <Rows lines={lines} theme={theme} />
}
