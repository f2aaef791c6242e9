import { sanitize } from '../../src/domain/sanitize.ts'
import { safe } from '../../src/text/fit.ts'
import { troublesOf } from '../../src/text/troubles.ts'
import type { Question } from '../changes/change.ts'
import { headerLines } from '../components/header.ts'
import { type HelpGroup, helpGroups } from '../keymap.ts'
import { type Line, plainText } from '../line.ts'
import { pages } from '../pages/pages.ts'
import { screens } from '../screens/screens.ts'
import { type AppState, screenNames } from '../state.ts'

/** More than this at once nobody listens to; the commands tell the rest. */
const pageLinesMax = 200
/** Of one line. */
const charactersMax = 5000

/**
 * What whoever hears the screen is told of a key or an answer: what was opened, the row the cursor has come to, what is asked and
 * what came of it. Nothing when all of it is as it was.
 */
export function saidAtOnce(before: AppState | null, after: AppState): string[] {
  return [
    ...saidOfPlace(before, after),
    ...saidOfFilter(before, after),
    ...saidOfQuestion(before, after),
    ...saidOfUnderWay(before, after),
    ...(after.message === null || after.message.text === before?.message?.text
      ? []
      : [spoken(after.message.text)]),
  ]
}

/**
 * What has changed in the fleet meanwhile, worth an interruption: what is wrong, and how much there is on this screen. Never the
 * rates and ages that flow on.
 */
export function saidMeanwhile(before: AppState, after: AppState): string[] {
  const [was, is] = [troubles(before), troubles(after)]
  const known = new Set(was.map(withoutFigures))
  const about = aboutOf(after)
  return [
    ...saidOfLink(before, after),
    ...is.filter((text) => !known.has(withoutFigures(text))),
    ...(was.length > 0 && is.length === 0 ? ['Nothing is wrong any more.'] : []),
    ...(placeOf(before) === placeOf(after) && about !== aboutOf(before) ? [`${about}.`] : []),
  ]
}

function placeOf({ help, pages: opened, screen }: AppState): string {
  const page = opened.at(-1)
  if (help) return 'help'
  return page ? `${page.kind} ${page.id}` : screen
}

function saidOfPlace(before: AppState | null, after: AppState): string[] {
  const isOpened = before === null || placeOf(before) !== placeOf(after)
  if (after.help) return isOpened ? toldHelp(after) : []
  const page = after.pages.at(-1)
  if (page) return saidOfPage(before, after, isOpened)
  if (isOpened) return [...(before === null ? welcome(after) : []), ...openedScreen(after)]
  if (rowId(before) === rowId(after)) return []
  // What was asked for has come, or is gone.
  return rowId(before) === null || rowId(after) === null ? openedScreen(after) : [rowText(after)]
}

function welcome(state: AppState): string[] {
  const [fleet = [], queue = []] = headerLines(state)
  return [
    ...[fleet, queue].map(spokenLine),
    ...troubles(state),
    `j and k go through the rows, digits from 1 to ${screenNames.length} to another screen; question mark tells all keys.`,
  ]
}

function toldHelp(state: AppState): string[] {
  return helpGroups(state).flatMap(toldGroup)
}

function toldGroup({ title, bindings }: HelpGroup): string[] {
  const told = bindings.map(({ keys, does }) => `${keys.join(', ')}: ${does}`)
  return [`${title}.`, ...told]
}

function openedScreen(state: AppState): string[] {
  const screen = screens[state.screen]
  const ids = screen.ids(state)
  const rows =
    ids.length === 0
      ? screen.lines(state).map(spokenLine)
      : [`Row ${ids.indexOf(rowId(state) ?? '') + 1} of ${ids.length}.`, rowText(state)]
  const about = aboutOf(state)
  return [about === '' ? `${screen.title}.` : `${screen.title}: ${about}.`, ...rows].filter(isSaid)
}

function saidOfPage(before: AppState | null, after: AppState, isOpened: boolean): string[] {
  const lines = pageText(after)
  if (lines === null) return isOpened ? ['Asking …'] : []
  if (!isOpened && before !== null && pageText(before) !== null) return []
  return lines.slice(0, pageLinesMax).map(spokenLine).filter(isSaid)
}

function pageText(state: AppState): readonly Line[] | null {
  const page = state.pages.at(-1)
  return page ? pages[page.kind].lines(state, page.id) : null
}

function saidOfFilter(before: AppState | null, after: AppState): string[] {
  const { filter } = after.arrangements[after.screen]
  if (after.editing && before?.editing !== true)
    return ['Filter: type words; enter keeps it, escape drops it.']
  if (before === null || before.screen !== after.screen) return []
  if (before.editing && !after.editing) return [`${aboutOf(after)}.`]
  if (before.arrangements[after.screen].filter === filter) return []
  return [filter === '' ? 'No filter.' : `Like ${safe(filter)}.`]
}

function saidOfQuestion(before: AppState | null, { question }: AppState): string[] {
  if (question === null || isSaidAlready(question, before?.question ?? null)) return []
  const answer =
    question.word === undefined ? 'y for yes, n for no.' : `Type ${question.word} for yes; escape for no.`
  return [spoken(question.preview), `Same as: ${safe(question.command)}`, answer]
}

/** What a yes would agree to is as it was told; that figures move is no news. */
function isSaidAlready(question: Question, before: Question | null): boolean {
  return question.change === before?.change && question.turned === before.turned
}

function saidOfUnderWay(before: AppState | null, { underWay }: AppState): string[] {
  const latest = underWay.at(-1)
  return latest === undefined || before?.underWay.includes(latest) ? [] : [spoken(latest.text)]
}

function saidOfLink({ link: was }: AppState, { link }: AppState): string[] {
  if (link.kind === 'live' || was.kind === 'away') return []
  return [`The daemon is away: ${spoken(link.reason)}. What is told is its last state.`]
}

function troubles({ status }: AppState): string[] {
  return troublesOf(status.view, status.at.wallMs).map(({ text }) => spoken(text))
}

/** How long something has been wrong is no news. */
function withoutFigures(text: string): string {
  return text.replaceAll(/\d[\d.,]*( (?:ms|s|min|h|d)\b)?/g, '#')
}

function aboutOf(state: AppState): string {
  return spoken(screens[state.screen].about(state))
}

function rowId(state: AppState | null): string | null {
  return state === null ? null : state.lists[state.screen].id
}

/** The row under the cursor, and what has no room in the table. */
function rowText(state: AppState): string {
  const screen = screens[state.screen]
  const line = screen
    .lines(state)
    .find((each) => each.some((span) => typeof span !== 'string' && span.role === 'selected'))
  return line ? spokenLine(line) : spoken(screen.note(state))
}

function spokenLine(line: Line): string {
  return spoken(plainText(line))
}

/** Signs that are there for the eye are heard as noise. */
function spoken(text: string): string {
  return sanitize(text.replaceAll(/\s{2,}/g, ' '), { lengthMax: charactersMax })
    .replaceAll(/\s*·\s*/g, ', ')
    .replaceAll(/[›▏]/g, '')
    .replaceAll('→', 'to')
    .trim()
}

function isSaid(text: string): boolean {
  return text !== ''
}
