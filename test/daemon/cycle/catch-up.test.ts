import { expect, it } from 'vitest'
import { tellWhatWasDone } from '../../../src/daemon/cycle/catch-up.ts'
import type { DecisionRecord } from '../../../src/domain/cycle/decision.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'

const made = (id: string, state: DecisionRecord['state']): DecisionRecord => ({
  decision: { id, rule: 'rule', priority: 5, reason: 'why', action: 'promote_task', tasks: [] },
  state,
  decidedAt: 0,
  settledAt: 0,
  result: null,
  error: null,
  outcome: null,
  measuredAt: null,
})

it('tells what this node did in earlier reigns and had not told, and nothing of other nodes', async () => {
  const ledger = fakeLedger(fakeClock())
  for (const term of [3, 5])
    ledger.note({
      eventType: 'cluster.leader_gained',
      level: 'info',
      actor: 'daemon',
      message: '',
      data: { term },
    })
  ledger.note({
    eventType: 'orchestrator.action_executed',
    level: 'info',
    actor: 'orchestrator',
    message: '',
    data: { decision: '3-1-1' },
  })
  const records = [
    made('5-9-1', 'intended'),
    made('5-8-1', 'executed'),
    made('4-2-1', 'executed'),
    made('3-2-1', 'failed'),
    made('3-1-1', 'executed'),
  ]
  const told: string[] = []
  await tellWhatWasDone({
    store: { decisions: async () => records },
    ledger,
    record: { executed: (pass, { decision, state }) => void told.push(`${pass}: ${decision.id} ${state}`) },
  })
  expect(told).toEqual(['8: 5-8-1 executed', '2: 3-2-1 failed'])
})
