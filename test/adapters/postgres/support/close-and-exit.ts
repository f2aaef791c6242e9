import { connect } from '../../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../../src/adapters/postgres/connection-target.ts'
import { Secret } from '../../../../src/config/policy.ts'

/*
 * A process that uses the database of $DATABASE_URL, says "open", closes at the next line of its input, tells what it still
 * holds and is then expected to end by itself.
 */

const db = connect(targetOfUrl(new Secret(process.env['DATABASE_URL'] ?? '')), {
  poolSize: 3,
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 5_000,
  lockTimeoutMs: 1_000,
  applicationName: 'jrctl test',
})
await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.05)')))
const dedicated = await db.dedicated({ queryTimeoutMs: 5_000, statementTimeoutMs: 5_000 })
await dedicated.query('listen something')
process.stdout.write('open\n')
process.stdin.once('data', () => {
  void (async () => {
    // One that will find nobody in a black hole.
    const asking = db.query('select 1').catch(() => 'failed')
    await dedicated.end()
    await asking
    await db.close()
    process.stdin.destroy()
    // A handle counts as held until the turn after its close.
    await new Promise((resolve) => setImmediate(resolve))
    const held = process
      .getActiveResourcesInfo()
      .filter((kind) => !kind.startsWith('Pipe') && kind !== 'TTYWrap')
    process.stdout.write(`${JSON.stringify(held)}\n`)
  })()
})
