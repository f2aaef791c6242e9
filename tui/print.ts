import type { ApiClient } from '../src/client/client.ts'
import type { Clock } from '../src/ports/clock.ts'
import { prepareWidths } from '../src/text/fit.ts'
import { answerOf, nowOf } from './effects.ts'
import { type Line, plainText, textOf } from './line.ts'
import { printedHead } from './printed-head.ts'
import { screenNamed } from './screens/named.ts'
import { screens } from './screens/screens.ts'
import { type AppState, type Drawing, initialState, type ScreenName } from './state.ts'
import { createTheme, type Paint } from './theme.ts'

export interface PrintOptions {
  client: Pick<ApiClient, 'call'>
  clock: Clock
  paint: Paint
  drawing: Drawing
  columns: number
  /** Nothing is cut at the right: a pipe has no edge. */
  isEndless: boolean
  /** As the operator names it; undefined: those that are looked at first. */
  screen: string | undefined
}

/** `jrctl top --once`: the fleet as the screens show it, each table as long as it is. Throws UserError for an unknown screen. */
export async function printedTop(options: PrintOptions): Promise<string[]> {
  const { screen, paint } = options
  const names: ScreenName[] = screen === undefined ? ['positions', 'workers'] : [screenNamed(screen)]
  const state = await asked(options, names)
  const theme = createTheme(paint)
  const lines = [...printedHead(state), ...names.flatMap((name) => sectionLines({ ...state, screen: name }))]
  return lines.map((line) => theme.line(trimmed(line)))
}

/** A state with all that these screens show. Without a cursor: nobody is there to move it. */
async function asked(options: PrintOptions, names: readonly ScreenName[]): Promise<AppState> {
  const { client, clock, columns, drawing, isEndless } = options
  const status = await client.call('status', {})
  const size = { columns, rows: 0, isEndless }
  const bare = initialState({ now: nowOf(clock), size, drawing, readOnly: false, status })
  const wanted = names.flatMap((name) => screens[name].wants(bare))
  const answers = await Promise.all(
    wanted.map((load) => answerOf(client, load, new AbortController().signal)),
  )
  await prepareWidths([JSON.stringify([status, answers])])
  const loaded = Object.fromEntries(answers.map(({ source, by, answer }) => [source, { by, answer }]))
  return { ...bare, loaded: { ...bare.loaded, ...loaded } }
}

/** More than what stands on a page beside its table. */
const besideRows = 100

function sectionLines(state: AppState): Line[] {
  const screen = screens[state.screen]
  const rows = screen.ids(state).length + besideRows
  const lines = screen.lines({ ...state, size: { ...state.size, rows } })
  const title: Line = [
    { text: screen.title, role: 'title' },
    '  ',
    { text: screen.about(state), role: 'dim' },
  ]
  return [[], title, ...lines.filter((line, index) => !isBlank(line) || !isBlank(lines[index - 1] ?? line))]
}

/** What a screen keeps at the terminal's foot has rows of nothing above it, as many as the terminal has. */
function isBlank(line: Line): boolean {
  return plainText(line).trim() === ''
}

/** Without the blanks that fill a row up to the terminal's edge. */
function trimmed(line: Line): Line {
  const last = line.at(-1)
  if (last === undefined) return line
  const text = textOf(last).trimEnd()
  const rest = line.slice(0, -1)
  if (text === '') return trimmed(rest)
  return [...rest, typeof last === 'string' ? text : { ...last, text }]
}
