import { plainText } from '../../../tui/line.ts'
import { frameLines } from '../../../tui/frame.ts'
import { screens } from '../../../tui/screens/screens.ts'
import { type ScreenName, screenNames } from '../../../tui/state.ts'
import type { AppEvent } from '../../../tui/event.ts'
import { letterQuery } from '../../../tui/screens/dead-letters/query.ts'
import { atWork } from '../at-work.ts'
import { cycleCame, cycleStatus, decisionsCame } from '../cycle-fixture.ts'
import { now, play, small, stateOf } from '../fixture.ts'
import { ledgerCame } from '../ledger-fixture.ts'
import { decisions, entries, health, letters, logLines, tasks } from './fleet.ts'

const log = { jr: 'Research Jr.', instance: 1 } as never

/** What leads to a screen that has something to show: keys, and what the daemon answers. */
const scenes: Record<ScreenName, readonly (AppEvent | string)[]> = {
  positions: ['j'],
  workers: [],
  tasks: [
    { kind: 'loaded', source: 'tasks', by: { filter: '', limit: 100, query: {} }, answer: tasks },
    'j',
    'j',
  ],
  decisions: [
    cycleCame(cycleStatus({ rests: { queue_saturated: now.wallMs + 9_000 } }, { health })),
    decisionsCame(decisions),
  ],
  ledger: [ledgerCame(entries)],
  dead_letters: [
    {
      kind: 'loaded',
      source: 'dead_letters',
      by: { filter: '', limit: 100, query: letterQuery('', []) },
      answer: { apiVersion: 1, letters, nextBefore: null, copyBecause: null },
    },
  ],
  logs: [
    'j',
    'j',
    'enter',
    {
      kind: 'log',
      name: log,
      news: {
        kind: 'tail',
        path: '/var/log/jrctl/research_jr.log',
        lines: logLines.map((text) => ({ text, cutBytes: 0 })),
      },
    },
  ],
}

/** A screen at 80 × 24, as text. */
export function pictureOf(name: ScreenName): string {
  const digit = String(screenNames.indexOf(name) + 1)
  const { state } = play(stateOf({ size: small, status: atWork() }), digit, ...scenes[name])
  return frameLines(state)
    .map((line) => plainText(line).trimEnd())
    .join('\n')
}

const marks = (name: ScreenName) => [`<!-- top:${name} -->`, `<!-- /top:${name} -->`] as const

/** The pages that have pictures, by their paths in the project, and which. */
export const pictured: Record<string, readonly ScreenName[]> = {
  'README.md': ['positions'],
  'docs/top.md': screenNames.filter((name) => name !== 'positions'),
}

/** A page with its pictures as they would be drawn now. @throws when a screen has no place in it */
export function withPictures(page: string, names: readonly ScreenName[]): string {
  return names.reduce((text, name) => {
    const [begin, end] = marks(name)
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from)
      throw new Error(`the page has no place for a picture of ${screens[name].title}: ${begin} … ${end}`)
    const picture = `${begin}\n\n\`\`\`text\n${pictureOf(name)}\n\`\`\`\n\n`
    return text.slice(0, from) + picture + text.slice(to)
  }, page)
}
