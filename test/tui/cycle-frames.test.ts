import { expect, it } from 'vitest'
import type { AppEvent } from '../../tui/event.ts'
import type { AppState, Size } from '../../tui/state.ts'
import { cycleCame, cycleStatus, decided, decisionsCame, dryPass, someDecisions } from './cycle-fixture.ts'
import { now, play, stateOf } from './fixture.ts'
import { frame, framesOf } from './frame-suite.tsx'
import { entries, entry, ledgerCame, noted } from './ledger-fixture.ts'

const askedAtMs = now.monotonicMs
const passed = (answer = dryPass()): AppEvent => ({
  kind: 'loaded',
  source: 'dry_run',
  by: { askedAtMs },
  answer,
})
const verified = (broken: boolean): AppEvent => ({
  kind: 'loaded',
  source: 'ledger_verdict',
  by: { askedAtMs },
  answer: broken
    ? {
        apiVersion: 1,
        ok: false,
        entries: 812,
        brokenAt: 813,
        reason: 'its hash is not that of what it says',
      }
    : { apiVersion: 1, ok: true, entries: 12_345, head: 'ab'.repeat(32) },
})
const observing = cycleStatus(
  { switchedBy: { by: 'cli:ada (self-declared)', at: now.wallMs - 3_600_000 } },
  { mode: 'observe', problem: 'the database is away: connection refused' },
)
const following = cycleStatus({ rests: {} }, { leads: false, health: null, lastPass: null, rules: {} })
const hostile = [
  decided(
    3,
    { action: 'trigger_reconciliation' },
    {
      rule: 'own \u001B[31m\u202E rule',
      state: 'failed',
      error: 'bad\r\n\u001B]8;;http://evil\u0007',
      result: null,
    },
  ),
]

/** Those of 7 tabs, by the keys that lead there. */
const scenes: Record<string, (size: Size) => AppState> = {
  decisions: (size) => play(stateOf({ size }), '4', cycleCame(), decisionsCame(), 'j').state,
  'decisions-observed': (size) =>
    play(stateOf({ size }), '4', cycleCame(observing), decisionsCame(someDecisions.slice(3, 4))).state,
  'decisions-elsewhere': (size) =>
    play(stateOf({ size }), '4', cycleCame(following), decisionsCame([])).state,
  'decisions-off': (size) =>
    play(stateOf({ size }), '4', cycleCame(cycleStatus({ enabled: false })), decisionsCame(hostile), 'o')
      .state,
  decision: (size) => play(stateOf({ size }), '4', cycleCame(), decisionsCame(), 'j', 'enter', 'n').state,
  'decision-failed': (size) =>
    play(stateOf({ size }), '4', cycleCame(), decisionsCame(hostile), 'enter').state,
  rules: (size) => play(stateOf({ size }), '4', cycleCame(), decisionsCame(), 'f').state,
  'dry-run': (size) => play(stateOf({ size }), '4', cycleCame(), 'd', passed()).state,
  ledger: (size) => play(stateOf({ size }), '5', ledgerCame(entries(1950, 2000)), noted(entry(2001))).state,
  'ledger-filtered': (size) =>
    play(stateOf({ size }), '5', ledgerCame(entries(1900, 2000)), '/', ...Array.from('error #41')).state,
  entry: (size) =>
    play(
      stateOf({ size }),
      '5',
      ledgerCame([
        entry(1998, {
          data: { attempt: 4, error: 'exit code 3\nTraceback …', at: now.wallMs - 90_000 },
          dedupeKey: 'queue:41:7',
        }),
      ]),
      'enter',
    ).state,
  'ledger-whole': (size) => play(stateOf({ size }), '5', 'v', verified(false)).state,
  'ledger-broken': (size) => play(stateOf({ size }), '5', 'v', verified(true)).state,
}

framesOf(scenes)

it.each([40, 47, 48, 50, 56, 63, 64, 72, 80, 109, 110, 139, 140])(
  'keeps all columns whole at %i',
  (columns) => {
    for (const name of ['decisions', 'ledger']) {
      const titles = frame(scenes[name]?.({ columns, rows: 40 }) ?? stateOf())
        .split('\n')
        .find((line) => /^ *(?:AGO|TIME) /.test(line))
      // Ink would cut what is too wide with this mark.
      expect(titles).toMatch(name === 'ledger' ? /WHAT/ : /RULE/)
      expect(titles).not.toContain('…')
    }
  },
)
