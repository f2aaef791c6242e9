import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const own = (when: string, more = '') =>
  `[[rules]]\nname = "mine"\ndo = "promote_task"\n${more}when = ${JSON.stringify(when)}\n`
const builtIn =
  'health_critical, queue_saturated, campaign_active, oldest_waiting, recent_failures, window_closing, high_scores_in_window, ledger_errors, high_scores, low_scores'
const names =
  'jobs, deliveries, scheduler, campaigns, scores, ledger, workers, capacity, system, takenAt, nodeId, second, minute, hour, day'

describe('the cycle and its rules', () => {
  test('are off and those of the specification when nothing is said', async () => {
    const { policy } = await load('')
    expect(policy.orchestrator).toEqual({
      enabled: false,
      intervalMs: 2_000,
      mode: 'act',
      emergencyDeadLetter: false,
      actionsMax: 10,
      tasksMax: 10,
      rules: [],
    })
  })

  test.each([
    [{ ORCHESTRATOR_ENABLED: 'True', ORCHESTRATOR_INTERVAL_SECONDS: '5' }, true, 5_000],
    [{ ORCHESTRATOR_ENABLED: '0', ORCHESTRATOR_INTERVAL_SECONDS: '0.5' }, false, 500],
    [{ ORCHESTRATOR_ENABLED: '' }, false, 2_000],
    [{ ORCHESTRATOR_ENABLED: 'true', JRCTL_ORCHESTRATOR_ENABLED: 'false' }, false, 2_000],
  ])('take %j from the environment', async (env, enabled, intervalMs) => {
    const { policy, sources } = await load('[orchestrator]\nenabled = false\n', env)
    expect(policy.orchestrator).toMatchObject({ enabled, intervalMs })
    if (enabled)
      expect(sources.get('orchestrator.enabled')).toEqual({
        kind: 'environment',
        variable: 'ORCHESTRATOR_ENABLED',
      })
  })

  test.each([
    [
      { ORCHESTRATOR_INTERVAL_SECONDS: 'soon' },
      'ORCHESTRATOR_INTERVAL_SECONDS: found "soon", allowed a duration from "100ms" to "1h", such as "2s"',
    ],
    [
      { ORCHESTRATOR_INTERVAL_SECONDS: '0' },
      'ORCHESTRATOR_INTERVAL_SECONDS: found "0s", allowed a duration from "100ms" to "1h", such as "2s"',
    ],
    [{ ORCHESTRATOR_ENABLED: 'maybe' }, 'ORCHESTRATOR_ENABLED: found "maybe", allowed true or false'],
  ])('name the variable that is wrong: %j', async (env, said) => {
    expect(await problemsOf('', env)).toEqual([said])
  })

  test("know the operator's own from the built-in ones", async () => {
    const { policy } = await load(
      `${own('jobs.waiting > 7')}\n[[rules]]\nname = "low_scores"\nenabled = false\npriority = 9\ncooldown = "5m"\n`,
    )
    expect(policy.orchestrator.rules).toEqual([
      {
        name: 'mine',
        enabled: true,
        cooldownMs: 60_000,
        priority: null,
        own: { when: 'jobs.waiting > 7', do: 'promote_task', reason: 'jobs.waiting > 7 holds' },
      },
      { name: 'low_scores', enabled: false, cooldownMs: 300_000, priority: 9, own: null },
    ])
  })
})

test('a condition on many lines is a reason on one', async () => {
  const { policy } = await load(
    '[[rules]]\nname = "mine"\ndo = "force_run"\nwhen = """\njobs.waiting > 7 &&\n  jobs.retry > 2\n"""\n',
  )
  expect(policy.orchestrator.rules[0]?.own?.reason).toBe('jobs.waiting > 7 && jobs.retry > 2 holds')
})

test('config show tells what holds of a rule', async () => {
  const { settings } = await load(
    `${own('jobs.waiting > 7')}[[rules]]\nname = "low_scores"\nenabled = false\n`,
  )
  const shown = settings.filter(({ key }) => key.startsWith('rules.')).map(({ key, value }) => [key, value])
  expect(Object.fromEntries(shown)).toEqual({
    'rules."mine".name': 'mine',
    'rules."mine".enabled': true,
    'rules."mine".cooldown': '60s',
    'rules."mine".priority': 5,
    'rules."mine".when': 'jobs.waiting > 7',
    'rules."mine".do': 'promote_task',
    'rules."mine".reason': 'jobs.waiting > 7 holds',
    'rules."low_scores".name': 'low_scores',
    'rules."low_scores".enabled': false,
    'rules."low_scores".cooldown': '60s',
    'rules."low_scores".priority': 3,
  })
})

test('whatever stands in [[rules]], it is read or refused with words', async () => {
  const value = fc.oneof(
    fc.constantFrom(
      'true',
      '1',
      '"low_scores"',
      '"mine"',
      '[]',
      '{}',
      '1979-05-27',
      '"jobs.waiting > 1"',
      '"jobs["',
    ),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  )
  const table = fc
    .dictionary(
      fc.constantFrom('name', 'enabled', 'cooldown', 'priority', 'when', 'do', 'reason', 'x'),
      value,
    )
    .map(
      (keys) =>
        `[[rules]]\n${Object.entries(keys)
          .map(([key, text]) => `${key} = ${text}\n`)
          .join('')}`,
    )
  await fc.assert(
    fc.asyncProperty(fc.array(table, { maxLength: 3 }), async (tables) => {
      for (const said of await problemsOf(tables.join(''))) expect(said).toMatch(/^f:\d+:\d+:? .+/)
    }),
    { numRuns: 40 },
  )
})

/** One mistake each, and the whole of what is said about it. */
const mistakes: [mistake: string, toml: string, said: string][] = [
  [
    'an unknown section of the snapshot',
    own('job.waiting > 7'),
    `f:4:8 rules."mine".when: found "job", which is no part of a snapshot, allowed ${names}; did you mean "jobs"?`,
  ],
  [
    'a section left out',
    own('failures1h > 7'),
    `f:4:8 rules."mine".when: found "failures1h", which is no part of a snapshot, allowed ${names}; did you mean "jobs.failures1h"?`,
  ],
  [
    'an unknown field, in snake case',
    own('ledger.errors_1h > 7'),
    'f:4:8 rules."mine".when: found "errors_1h", which is no part of ledger, allowed errors1h; did you mean "errors1h"?',
  ],
  [
    'an unknown field of a list',
    own('campaigns.list.exists(c, c.budgt > 3)'),
    'f:4:8 rules."mine".when: found "budgt", which is no part of Campaign, allowed id, name, budget, startsAt, endsAt, waiting, next; did you mean "budget"?',
  ],
  [
    'types that do not fit',
    own("jobs.waiting > 'many'"),
    `f:4:8 rules."mine".when: found an expression that is not understood (no such overload: int > string), allowed a CEL expression over ${names}`,
  ],
  [
    'a number in place of a condition',
    own('jobs.waiting + 1'),
    `f:4:8 rules."mine".when: found an expression that is not understood (it is of type int, not true or false), allowed a CEL expression over ${names}`,
  ],
  [
    'a condition for a built-in rule',
    '[[rules]]\nname = "low_scores"\nwhen = "true"\n',
    'f:3:8 rules."low_scores".when: found beside the name of a built-in rule, allowed only enabled, cooldown and priority there (for a rule of your own choose another name than "low_scores"; enabled = false switches that one off)',
  ],
  [
    'a slip in the name of a built-in rule',
    '[[rules]]\nname = "low_scors"\nenabled = false\n',
    `f:2:8 rules."low_scors".name: found "low_scors", allowed a built-in rule (${builtIn}), or for a rule of your own when and do beside it; did you mean "low_scores"?`,
  ],
  [
    'a rule that does nothing',
    '[[rules]]\nname = "mine"\nwhen = "true"\n',
    'f:1:1 rules."mine".do: found nothing, allowed one of the actions, such as "rebalance_queue": what this rule of your own does',
  ],
  [
    'a rule that never fires',
    '[[rules]]\nname = "mine"\ndo = "force_run"\n',
    'f:1:1 rules."mine".when: found nothing, allowed a CEL expression over the snapshot, such as "jobs.waiting > 200": when this rule of your own fires',
  ],
  [
    'an unknown action',
    '[[rules]]\nname = "mine"\nwhen = "true"\ndo = "force-run"\n',
    'f:4:6 rules."mine".do: found "force-run", allowed "schedule_task", "retry_failed", "trigger_reconciliation", "promote_task", "downgrade_task", "force_run", "rebalance_queue"; did you mean "force_run"?',
  ],
  [
    'a name twice',
    `${own('true')}${own('true')}`,
    'f:6:8 rules."mine".name: found "mine" a second time, allowed each name once',
  ],
  [
    'a priority out of range',
    own('true', 'priority = 11\n'),
    'f:4:12 rules."mine".priority: found 11, allowed a whole number from 1 to 10',
  ],
  [
    'more tasks than a snapshot lists',
    '[orchestrator]\nmax_tasks = 11\n',
    'f:2:13 orchestrator.max_tasks: found 11, allowed a whole number from 1 to 10',
  ],
  [
    'an unknown mode',
    '[orchestrator]\nmode = "watch"\n',
    'f:2:8 orchestrator.mode: found "watch", allowed "act", "observe"',
  ],
]

describe('mistakes in rules', () => {
  test.each(mistakes)('%s', async (_, toml, said) => {
    expect(await problemsOf(toml)).toEqual([said])
  })

  test('are told all at once', async () => {
    const toml = `${own('jbos.waiting > 7')}[[rules]]\nname = "other"\ndo = "x"\nwhen = "1"\nprio = 3\n`
    expect((await problemsOf(toml)).map((said) => said.split(':').slice(0, 3).join(':'))).toEqual([
      'f:4:8 rules."mine".when',
      'f:7:6 rules."other".do',
      'f:8:8 rules."other".when',
      'f:9:1 rules."other".prio',
    ])
  })
})
