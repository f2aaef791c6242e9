import { Client } from 'pg'
import { messageOf } from '../../../src/errors.ts'
import type { Measured } from '../figure.ts'
import { median } from '../figure.ts'
import { scale } from '../scale.ts'
import { fill, inFastestMode, type Contender } from './contender.ts'
import { jrctlContender } from './ours.ts'
import { loadPeers } from './peers.ts'
import { drain } from './run-jobs.ts'
import type { BenchDatabase, BenchServer } from './server.ts'
import { markdownTable, rate } from './tables.ts'

const atLeastKept = 0.8
/** The rates that count: the last ones under the pin, when it has done its worst, and as many before it. */
const roundsCounted = 3

interface Kept {
  contender: Contender
  clean: number
  pinned: number
  /** Jobs done while the horizon was held. */
  churned: number
  /** Why it was not measured to the end; null: it was. */
  gaveUp: string | null
}

/**
 * An old transaction somewhere in the database (a report, a backup, a forgotten session) keeps vacuum from removing what
 * became dead since, and a queue makes dead rows with each job. Filled and emptied again and again, first without such a
 * transaction, then under one: what is left of the rate?
 */
export async function horizon(server: BenchServer): Promise<Measured> {
  const results: Kept[] = []
  for (const contender of inFastestMode([jrctlContender('batched'), ...(await loadPeers())])) {
    const result = await underPin(server, contender)
    process.stderr.write(
      `  ${contender.name}: ${rate(result.clean)} → ${result.gaveUp ?? rate(result.pinned)} after ${result.churned}\n`,
    )
    results.push(result)
  }
  const ours = results[0]
  if (ours === undefined) throw new Error('nothing was measured')
  const kept = ours.pinned / ours.clean
  return {
    figures: [
      {
        what: `rate under a transaction that holds the vacuum horizon for ${scale.pinSeconds} s of churn, against the clean rate`,
        measured: `${percent(kept)} (${ours.churned.toLocaleString('en-US')} tasks churned)`,
        target: `≥ ${percent(atLeastKept)}`,
        met: kept >= atLeastKept,
      },
    ],
    details: markdownTable(
      ['queue', 'mode', 'clean jobs/s', 'at the end of the pin', 'kept', 'jobs churned'],
      results.map(({ contender, clean, pinned, churned, gaveUp }) => [
        contender.name,
        contender.mode,
        rate(clean),
        gaveUp === null ? rate(pinned) : `gave up: ${gaveUp}`,
        gaveUp === null ? percent(pinned / clean) : '–',
        churned.toLocaleString('en-US'),
      ]),
    ),
  }
}

async function underPin(server: BenchServer, contender: Contender): Promise<Kept> {
  const database = await server.database()
  await contender.prepare(database.url)
  // The first round warms up and is not counted.
  const before: number[] = []
  for (let round = 0; round <= roundsCounted; round += 1) before.push(await fillAndDrain(contender, database))
  const unpin = await pinHorizon(database.url)
  const endMs = performance.now() + scale.pinSeconds * 1_000
  const during: number[] = []
  let gaveUp: string | null = null
  while (gaveUp === null && (performance.now() < endMs || during.length < roundsCounted))
    try {
      during.push(await fillAndDrain(contender, database))
    } catch (error) {
      // Ours must hold; that another's queue stands still under an old transaction is a result.
      if (contender.name === 'jrctl') throw error
      gaveUp = messageOf(error)
    }
  await unpin()
  if (gaveUp === null) await contender.verify?.(database, (before.length + during.length) * scale.jobs)
  await database.drop()
  return {
    contender,
    clean: median(before.slice(-roundsCounted)),
    pinned: during.length === 0 ? 0 : median(during.slice(-roundsCounted)),
    churned: during.length * scale.jobs,
    gaveUp,
  }
}

/** No vacuum by us: what autovacuum makes of it is what a user gets. */
async function fillAndDrain(contender: Contender, database: BenchDatabase): Promise<number> {
  await fill(contender, database.url, scale.jobs)
  return drain(contender, database, scale.jobs)
}

/** Opens a transaction with a snapshot and leaves it open. Answers how to end it. */
async function pinHorizon(url: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url })
  // Ended with the server when a bench fails: what it failed with is what counts.
  client.on('error', () => {})
  await client.connect()
  await client.query('begin isolation level repeatable read')
  await client.query('select 1')
  return () => client.end()
}

const percent = (part: number): string => `${(part * 100).toFixed(0)} %`
