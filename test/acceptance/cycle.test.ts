import { afterEach, describe, expect, it } from 'vitest'
import type {
  OrchestratorDecisionsView,
  OrchestratorPassView,
  OrchestratorSnapshotView,
  OrchestratorStatusView,
} from '../../src/contract/orchestrator.ts'
import type { LedgerView } from '../../src/contract/outputs.ts'
import { jrctl, start } from '../support/jrctl.ts'
import { type TestFleet, startFleet, until } from './fleet.ts'

const settings = `[orchestrator]
enabled = true
interval = "200ms"
[api]
listen = ""`
const idler = `[[workers]]
name = "Idle Jr."
command = ["sleep", "600"]
`

describe('the autonomous cycle (spec §7)', () => {
  let fleet: TestFleet
  afterEach(() => fleet.end())

  /** A dead letter of this hour, by a program that knows only the tables. */
  async function aDeath(): Promise<number> {
    const { rows } = await fleet.sql.query<{ id: number }>(
      `insert into jr_work_queue (title, description, source, created_by) values ('sick', 'x', 'test', 'test') returning id::int`,
    )
    const id = rows[0]?.id ?? 0
    await fleet.sql.query(
      `update jr_work_queue set status = 'in_progress', started_at = now() where id = $1`,
      [id],
    )
    await fleet.sql.query(`update jr_work_queue set status = 'failed' where id = $1`, [id])
    return id
  }
  const statusOf = (id: number) => async () =>
    (await fleet.sql.query<{ status: string }>(`select status from jr_work_queue where id = $1`, [id]))
      .rows[0]?.status
  const replays = async (id: number) => {
    const { rows } = await fleet.sql.query<{ count: number }>(
      `select count(*)::int as count from jr_events where task_id = $1 and actor = 'orchestrator:recent_failures'`,
      [id],
    )
    return rows[0]?.count
  }

  it('acts by itself, says what it did and why, and keeps its switch over a restart', async () => {
    fleet = await startFleet(idler, settings)
    const id = await aDeath()
    await until(statusOf(id), (status) => status === 'pending')
    const { decisions } = await until(
      () => fleet.json<OrchestratorDecisionsView>('orchestrator', 'decisions', '--rule', 'recent_failures'),
      (answer) => answer.decisions[0]?.state === 'executed',
    )
    expect(decisions).toMatchObject([
      {
        decision: { action: 'retry_failed', priority: 8 },
        result: { changed: [id], note: `replayed 1 task #${id}` },
      },
    ])
    const told = await until(
      () => fleet.json<LedgerView>('ledger', '--type', 'orchestrator.action_executed'),
      (answer) => answer.entries.length > 0,
    )
    expect(told.entries).toMatchObject([{ data: { rule: 'recent_failures', changed: [id] } }])
    expect((await fleet.jrctl('orchestrator', 'status')).stdout).toMatch(/^Cycle +on, a pass every 200 ms/)
    expect((await fleet.jrctl('status')).stdout).toMatch(/^Cycle +on · .*last: recent_failures/m)
    const { snapshot } = await fleet.json<OrchestratorSnapshotView>('orchestrator', 'snapshot')
    expect(snapshot).toMatchObject({ version: 1, jobs: { pending: 1, failures1h: 1 }, system: { score: 85 } })

    expect((await fleet.jrctl('orchestrator', 'disable')).stdout).toBe(
      'The cycle is switched off now, for all nodes.\n',
    )
    fleet.daemon.child.kill('SIGTERM')
    await fleet.daemon.exited
    fleet.daemon = start(fleet.place, ['daemon'])
    await fleet.daemon.said(/ runs, pid/)
    const status = await fleet.json<OrchestratorStatusView>('orchestrator', 'status')
    expect(status).toMatchObject({ enabled: false, switchedBy: { by: expect.stringMatching(/^cli:/) } })
    // Off is not out of work: whoever asks for a pass gets one.
    const other = await aDeath()
    await until(
      () => fleet.json<OrchestratorStatusView>('orchestrator', 'status'),
      (answer) => answer.cycle.leads,
    )
    const preview = await fleet.json<OrchestratorPassView>('orchestrator', 'run-once', '--dry-run')
    expect(preview.pass.kind).toBe('dry_run')
    expect(await statusOf(other)()).toBe('failed')
    await fleet.sql.query(`update jr_rule_rests set until = now()`)
    const { pass } = await fleet.json<OrchestratorPassView>('orchestrator', 'run-once')
    expect(pass).toMatchObject({ kind: 'acted', succeeded: 1 })
    expect(await statusOf(other)()).toBe('pending')
  })

  it('lets none but the leader make a pass, and says who that is', async () => {
    fleet = await startFleet(idler, settings.replace('true', 'false'))
    // On a busy machine the fleet is up before it has its first leader, and there is no row to take over yet.
    const takeOver = () =>
      fleet.sql.query(
        `update jr_leader set node_id = 'another', epoch = 1, term = term + 1, expires_at = now() + interval '1 hour'`,
      )
    await until(takeOver, ({ rowCount }) => rowCount === 1)
    const refused = await until(
      () => jrctl(fleet.place, ['orchestrator', 'run-once']),
      ({ code }) => code !== 0,
    )
    expect(refused.stderr).toContain('another does, and makes the passes')
    expect((await fleet.jrctl('orchestrator', 'run-once', '--dry-run')).stdout).toMatch(
      /^Nothing would be done now/,
    )
  })

  it.each(['intend.answered', 'act.begun', 'act.sent', 'act.answered'])(
    'does nothing twice and forgets nothing when its daemon is killed at %s',
    async (point) => {
      fleet = await startFleet(idler, settings.replace('true', 'false'))
      fleet.daemon.child.kill('SIGKILL')
      await fleet.daemon.exited
      const id = await aDeath()
      await fleet.sql.query(
        `insert into jr_orchestrator (enabled, changed_by, changed_at) values (true, 'test', now())`,
      )
      const doomed = start({ ...fleet.place, env: { ...fleet.place.env, JRCTL_TEST_DIE_AT: point } }, [
        'daemon',
      ])
      expect(await doomed.exited).toBeNull()
      fleet.daemon = start(fleet.place, ['daemon'])
      await fleet.daemon.said(/ runs, pid/)
      await until(statusOf(id), (status) => status === 'pending')
      const { entries } = await until(
        () => fleet.json<LedgerView>('ledger', '--type', 'orchestrator.action_executed'),
        (answer) => answer.entries.length > 0,
      )
      expect(entries).toHaveLength(1)
      expect(entries[0]).toMatchObject({ data: { changed: [id] } })
      expect(await replays(id)).toBe(1)
      const { decisions } = await fleet.json<OrchestratorDecisionsView>('orchestrator', 'decisions')
      expect(decisions).toMatchObject([{ state: 'executed', result: { changed: [id] } }])
    },
  )
})
