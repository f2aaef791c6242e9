import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import type { OrchestratorLineView } from '../../src/contract/orchestrator.ts'
import { widthOf } from '../../src/text/fit.ts'
import { perform } from '../../tui/changes/perform.ts'
import type { AppEvent } from '../../tui/event.ts'
import { smallest } from '../../tui/layout.ts'
import { plainText } from '../../tui/line.ts'
import { pages } from '../../tui/pages/pages.ts'
import { panelLines } from '../../tui/screens/decisions/panel.ts'
import { screens } from '../../tui/screens/screens.ts'
import type { AppState } from '../../tui/state.ts'
import { cycleCame, cycleStatus, decided, decisionsCame, dryPass, someDecisions } from './cycle-fixture.ts'
import { later, now, play, stateOf, statusView } from './fixture.ts'
import { entry, noted } from './ledger-fixture.ts'

const loads = [
  { kind: 'load', source: 'cycle', by: {} },
  { kind: 'load', source: 'decisions', by: { limit: 100 } },
]
const opened = (...more: (AppEvent | string)[]) => play(stateOf(), '4', cycleCame(), decisionsCame(), ...more)
const line = (more: Partial<OrchestratorLineView> = {}): OrchestratorLineView => ({
  enabled: true,
  mode: 'act',
  leads: true,
  health: { score: 65, status: 'degraded' },
  lastPass: cycleStatus().cycle.lastPass,
  lastDecisions: [],
  problem: null,
  ...more,
})
const told = (more?: Partial<OrchestratorLineView>): AppEvent => ({
  kind: 'status',
  status: statusView({ orchestrator: line(more) }),
  now: later(1000),
})
const panel = (state: AppState) => panelLines(state).map(plainText).join('\n')
const page = (state: AppState) => {
  const top = state.pages.at(-1)
  return (top && pages[top.kind].lines(state, top.id)?.map(plainText).join('\n')) ?? ''
}

describe('the decisions', () => {
  it('are asked for when they are shown, when something changed, and when the cycle did something', () => {
    expect(play(stateOf(), '4').effects).toEqual(loads)
    expect(opened(noted(entry(3, { eventType: 'orchestrator.action_executed' }))).effects).toEqual([
      ...loads,
      ...loads,
    ])
    expect(opened(noted(entry(4, { eventType: 'task.inserted' }))).effects).toEqual(loads)
  })

  it('are asked for when the status tells something new of the cycle, and not for each pass', () => {
    const { state } = opened(told())
    const another = { ...cycleStatus().cycle.lastPass, number: 301 } as OrchestratorLineView['lastPass']
    expect(play(state, told({ lastPass: another })).effects).toEqual([])
    expect(play(state, told({ health: { score: 100, status: 'healthy' } })).effects).toEqual(loads)
    expect(play(state, '1', told({ enabled: false })).effects).toEqual([])
  })

  it('come newest first, and a cursor on the newest stays on the newest', () => {
    const fresh = decided(100, { action: 'trigger_reconciliation' })
    const more = decisionsCame([fresh, ...someDecisions])
    expect(opened(more).state.lists.decisions.id).toBe(fresh.decision.id)
    expect(opened('j', more).state.lists.decisions.id).toBe(someDecisions[1]?.decision.id)
  })

  it('are found by rule, action, task, and what came of them', () => {
    const found = (filter: string) => screens.decisions.ids(opened('/', ...Array.from(filter)).state)
    expect(found('ledger_err')).toEqual(['3-97-1'])
    expect(found('rebalance #52')).toEqual(['3-98-1'])
    expect(found('would')).toEqual(['3-96-1'])
    expect(found('cleared')).toEqual(['3-95-1'])
  })

  it('that failed or did not help come first in one of the orders', () => {
    expect(screens.decisions.ids(opened('s', 's').state).slice(0, 2)).toEqual(['3-97-1', '3-98-1'])
  })
})

describe('what stands above the decisions', () => {
  it('tells each deduction in words', () => {
    const text = panel(opened().state)
    for (const part of ['65 of 100, degraded', '−20  672 tasks wait', '−10  2 failures', '−5  1 error'])
      expect(text).toContain(part)
  })

  it('tells who rests, and not who has rested', () => {
    expect(panel(opened().state)).toMatch(/Resting +queue_saturated for 42 s$/m)
  })

  it('tells a cycle that stands still, one that observes, and one that is elsewhere', () => {
    const with_ = (view: ReturnType<typeof cycleStatus>) => panel(play(stateOf(), '4', cycleCame(view)).state)
    const lastPass = { ...cycleStatus().cycle.lastPass, at: now.wallMs - 60_000 } as never
    expect(with_(cycleStatus({}, { lastPass }))).toContain('the last 1 min ago')
    expect(with_(cycleStatus({ enabled: false }, { lastPass }))).not.toContain('1 min ago')
    expect(with_(cycleStatus({ enabled: false }))).toContain('off')
    expect(with_(cycleStatus({}, { mode: 'observe' }))).toContain('only observes')
    const elsewhere = cycleStatus({}, { leads: false, health: null, mode: 'observe' })
    expect(with_(elsewhere)).toContain('made on node-a (alpha)')
    expect(with_(elsewhere)).not.toContain('observes')
  })

  it('leaves room for the decisions on any terminal, and fits it', () => {
    for (const rows of [10, 12, 16, 24])
      for (const columns of [40, 63, 64, 80, 120]) {
        const { state } = play(stateOf({ size: { columns, rows } }), '4', cycleCame(), decisionsCame())
        const lines = screens.decisions.lines(state).map(plainText)
        expect(lines.some((text) => text.startsWith('› '))).toBe(true)
        for (const text of lines) expect(text.length).toBeLessThanOrEqual(columns)
      }
  })
})

describe('o', () => {
  const call = (changed: boolean) =>
    (async (name: string) => ({ enabled: name === 'enableOrchestrator', changed, intervalMs: 2000 })) as never
  const client = (changed: boolean) => ({ call: call(changed) }) as Pick<ApiClient, 'call'>

  it('switches the cycle off after a question, and back on by z', async () => {
    const asked = opened('o')
    expect(asked.state.question).toMatchObject({ command: 'jrctl orchestrator disable' })
    const { effects } = play(asked.state, 'y')
    expect(effects).toEqual([{ kind: 'change', change: { kind: 'switch', id: 'cycle', enabled: false } }])
    const outcome = await perform(
      client(true),
      { kind: 'switch', id: 'cycle', enabled: false },
      new AbortController().signal,
    )
    expect(outcome.sentence).toBe('The cycle is off now, for all nodes. z takes it back.')
    expect(play(asked.state, 'n', { kind: 'done', outcome }, 'z', 'y').effects.at(-1)).toEqual({
      kind: 'change',
      change: { kind: 'switch', id: 'cycle', enabled: true },
    })
  })

  it('offers nothing to take back when it stood so already', async () => {
    const change = { kind: 'switch', id: 'cycle', enabled: true } as const
    expect(await perform(client(false), change, new AbortController().signal)).toMatchObject({
      sentence: 'The cycle was on already.',
      undo: null,
    })
  })

  it('changes nothing before the switch is known, nor on a read-only screen', () => {
    expect(play(stateOf(), '4', 'o').state.question).toBeNull()
    expect(play(stateOf({ readOnly: true }), '4', cycleCame(), 'o').state.question).toBeNull()
  })
})

describe('d', () => {
  const passed = (executions = dryPass().executions): AppEvent => ({
    kind: 'loaded',
    source: 'dry_run',
    by: { askedAtMs: now.monotonicMs },
    answer: dryPass({ executions }),
  })

  it('has a pass decide and do nothing, once a key', () => {
    const { effects, state } = opened('d', { kind: 'changed' })
    const runs = effects.filter((effect) => effect.kind === 'load' && effect.source === 'dry_run')
    expect(runs).toHaveLength(1)
    expect(page(state)).toContain('Looking')
    expect(page(play(state, passed()).state)).toContain('→ give priority 1 to: 2 tasks #41, #42')
    expect(play(state, passed(), { kind: 'tick', now: later(5000) }, 'd').state.pages).toHaveLength(1)
  })

  it('leads to a pass that acts, which is asked for', () => {
    const acts = opened('d', passed(), 'a')
    expect(acts.state.question?.preview).toContain('It would give priority 1 to: 2 tasks #41, #42.')
    expect(play(acts.state, 'y').effects).toEqual([{ kind: 'change', change: { kind: 'pass', id: 'cycle' } }])
    expect(opened('d', passed([]), 'a').state.question).toBeNull()
    expect(opened('d', 'a').state.question).toBeNull()
  })
})

describe('the page of a decision', () => {
  it('tells why, what, whether it helped, and where', () => {
    const text = page(opened('j', 'enter').state)
    for (const part of ['move 3 tasks #51, #52, #53', 'not yet: what made', 'on node-a', '98th time'])
      expect(text).toContain(part)
  })

  it('says what an observer would have done', () => {
    expect(page(opened('j', 'j', 'j', 'enter').state)).toMatch(/Would do +put off by .*#60, #61/)
  })

  it('leads to each of its tasks', () => {
    const task = (...keys: string[]) => opened('j', 'enter', ...keys, 'enter').state.pages.at(-1)
    expect(task()).toMatchObject({ kind: 'task', id: '51' })
    expect(task('n')).toMatchObject({ kind: 'task', id: '52' })
    expect(task('N')).toMatchObject({ kind: 'task', id: '53' })
    expect(opened('j', 'j', 'enter', 'enter').state.message?.text).toContain('names no task')
  })

  it('goes on with what becomes of it, and says when it is listed no more', () => {
    const { state } = opened('enter')
    expect(page(state)).toContain('measured when the rule has rested')
    const [first] = someDecisions
    const helped = first ? [{ ...first, outcome: 'cleared' as const }] : []
    expect(page(play(state, decisionsCame(helped)).state)).toContain('yes: what made')
    expect(page(play(state, decisionsCame([])).state)).toContain('no longer')
  })
})

it("tells the rules' words whole on the narrowest screen", () => {
  const narrow = stateOf({ size: smallest })
  const words = page(play(narrow, '4', cycleCame(), decisionsCame(), 'f').state)
  expect(words.split('\n').filter((row) => widthOf(row) > smallest.columns)).toEqual([])
  expect(words.replaceAll('\n', ' ')).toContain('when it was looked at again.')
})

it('counts what the rules decided, the busiest first', () => {
  const text = page(opened('f').state)
  expect(text.indexOf('queue_saturated')).toBeLessThan(text.indexOf('recent_failures'))
  const nothing = cycleCame(cycleStatus({}, { rules: {} }))
  expect(page(opened('f', nothing).state)).toContain('No rule has decided')
})
