import { expect, it } from 'vitest'
import { start, temporaryPlace } from '../support/jrctl.ts'

/** faults.md, security 13: a worker of the daemon's account may signal it, and any account may ask an inspector. */
it('SIGUSR1 opens no inspector, and ends nothing', async () => {
  const place = await temporaryPlace({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' })
  const worker = start(place, ['work', 'Lone Jr.', '--', 'true'])
  await worker.said(/database/)
  worker.child.kill('SIGUSR1')
  worker.child.kill('SIGTERM')
  expect(await worker.exited).toBe(0)
  expect(worker.stderr()).not.toContain('Debugger')
  await place.remove()
})
