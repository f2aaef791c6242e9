import { expect, it } from 'vitest'
import { run } from '../../src/cli/urgent.ts'
import { fakeServices } from '../api/daemon-services.ts'
import { serve } from '../api/served.ts'
import { fakeCli } from './fake-cli.ts'

it('says that nobody can claim it, and what to do, instead of that it is claimed next', async () => {
  const services = fakeServices()
  const served = await serve(
    {},
    {
      ...services,
      urgent: async (...asked) => ({ ...(await services.urgent(...asked)), position: null }),
    },
  )
  try {
    const tasks = [{ title: 'a', assignedJr: 'Nobody Jr.' }]
    const { ids } = await served.client.call('addTasks', { tasks })
    const cli = fakeCli({ args: [String(ids[0])], client: served.client })
    await run(cli)
    expect(cli.out).toBe(
      'Task 1 is urgent, but nobody can claim it now. No worker called Nobody Jr. has ever been seen. Give it to another: jrctl tasks set 1 --assign NAME\n',
    )
  } finally {
    await served.stop()
  }
})

it('does not promise what a strict window forbids', async () => {
  const services = fakeServices()
  const opensAt = services.clock.wallMs() + 7_200_000
  const window = {
    channel: 'tiktok',
    isOpen: false,
    strict: true,
    opensAt,
    closesAt: null,
    closingSoon: false,
  }
  const served = await serve(
    {},
    {
      ...services,
      windows: () => [window],
      urgent: async (...asked) => ({ ...(await services.urgent(...asked)), position: null }),
    },
  )
  try {
    const { ids } = await served.client.call('addTasks', { tasks: [{ title: 'a', channel: 'TikTok' }] })
    const cli = fakeCli({ args: [String(ids[0])], client: served.client })
    await run(cli)
    expect(cli.out).toMatch(
      /^Task 1 is urgent, and will be the first of its channel: its window is strict and closed until .* \(in 2 h 00 min\)\.\n$/,
    )
  } finally {
    await served.stop()
  }
})
