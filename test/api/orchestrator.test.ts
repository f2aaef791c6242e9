import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCode } from '../../src/errors.ts'
import { fakeOrchestratorDesk, type FakeOrchestratorDesk } from '../fakes/orchestrator-desk.ts'
import { fakeServices } from './daemon-services.ts'
import { serve, type Served } from './served.ts'

describe("the cycle's routes", () => {
  let served: Served
  let desk: FakeOrchestratorDesk
  beforeEach(async () => {
    desk = fakeOrchestratorDesk()
    served = await serve({}, { ...fakeServices(), orchestrator: desk })
  })
  afterEach(() => served.stop())

  it('answer with a snapshot, a pass, the switch and the status', async () => {
    const { client } = served
    expect((await client.call('orchestratorSnapshot', {})).snapshot.version).toBe(1)
    expect((await client.call('runOrchestrator', {})).pass).toMatchObject({
      kind: 'idle',
      askedBy: 'cli:tester (self-declared)',
    })
    expect(await client.call('enableOrchestrator', {})).toMatchObject({
      enabled: true,
      changed: true,
      intervalMs: 2_000,
    })
    expect(await client.call('enableOrchestrator', {})).toMatchObject({ changed: false })
    expect(await client.call('orchestratorStatus', {})).toMatchObject({ enabled: true, rests: {} })
    expect(await client.call('disableOrchestrator', {})).toMatchObject({ enabled: false, changed: true })
    expect((await client.call('orchestratorDecisions', { rule: 'queue_saturated' })).decisions).toEqual([])
  })

  it('send who wants a pass to the node that leads; a dry run is made everywhere', async () => {
    desk.leads = false
    await expect(served.client.call('runOrchestrator', {})).rejects.toMatchObject({
      message: 'This node does not lead the fleet: other on machine-2 does, and makes the passes',
      hint: expect.stringContaining('run-once --dry-run'),
      exit: exitCode.failed,
    })
    expect((await served.client.call('runOrchestrator', { dryRun: true })).pass.kind).toBe('dry_run')
  })

  it.each<[number, string]>([
    [0, 'limit'],
    [1_001, 'limit'],
  ])('refuse a limit of %s', async (limit, key) => {
    await expect(served.client.call('orchestratorDecisions', { limit })).rejects.toThrow(key)
  })
})
