import { afterEach, expect, it } from 'vitest'
import { start } from '../support/jrctl.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

let fleet: TestFleet | undefined
afterEach(async () => {
  await fleet?.end()
  fleet = undefined
})

it('a database that was made anew is told of aloud, and its tasks are in the ledger from the first change on', async () => {
  const on = (fleet = await startFleet(scripted('a_jr', 'true')))
  const replayed = (tasks: number) =>
    until(
      () => on.jrctl('ledger', 'replay', '--check'),
      ({ stdout }) => stdout === `The ledger and the table agree on ${tasks} tasks\n`,
    )
  for (const title of ['one', 'two', 'three']) await on.jrctl('tasks', 'add', title)
  await replayed(3)
  on.daemon.child.kill('SIGTERM')
  await on.daemon.exited

  await on.sql.query('drop schema public cascade')
  await on.sql.query('create schema public')
  expect(await on.jrctl('migrate')).toMatchObject({ code: 0 })
  on.daemon = start(on.place, ['daemon'])
  await on.daemon.said(/ runs, pid/)
  for (const title of ['four', 'five']) await on.jrctl('tasks', 'add', title)
  await replayed(2)
  const { stdout } = await on.jrctl('ledger', '--type', 'daemon.queue_changed')
  expect(stdout).toMatch(/the queue \w{8} is another than before \(\w{8}\)/)
  expect((await on.jrctl('ledger', 'replay', '--task', '1')).stdout).toContain('four')
})
