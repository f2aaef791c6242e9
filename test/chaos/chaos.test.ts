import { expect, it, onTestFinished } from 'vitest'
import { describe as describeAll, migrateUnderFire, startCampaign } from './campaign.ts'
import { prepareGround } from './fleet/ground.ts'
import { diceOf } from './random.ts'
import { createTally } from './tally.ts'

/** `JRCTL_CHAOS_FAULTS=10000` for a night; `JRCTL_CHAOS_SEED` strikes the same again. */
const faultsMin = Number(process.env['JRCTL_CHAOS_FAULTS'] ?? 100)
const seed = Number(process.env['JRCTL_CHAOS_SEED'] ?? Date.now() % 1_000_000)

it(
  `${faultsMin} faults lose nothing and do nothing twice`,
  { timeout: 300_000 + faultsMin * 4_000 },
  async () => {
    const tally = createTally()
    const dice = diceOf(seed)
    const ground = await prepareGround(tally)
    onTestFinished(() => ground.end(), 60_000)
    onTestFinished(() => console.log(`seed ${seed}: JRCTL_CHAOS_SEED=${seed}\n${tally.table()}`))

    await migrateUnderFire(
      ground,
      ['migrate.answered:9', 'migrate.sent:20', 'migrate.answered:31', 'migrate.sent:40'],
      tally,
    )
    const campaign = await startCampaign(ground, dice, tally)
    await campaign.everyPoint()
    await campaign.run(faultsMin)
    await campaign.stop()
    const found = await campaign.check()
    expect(describeAll(found)).toBe('')
    expect(tally.faults()).toBeGreaterThanOrEqual(faultsMin)
  },
)
