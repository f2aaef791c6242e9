import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TaskDetailView } from '../../../src/contract/outputs.ts'
import type { StatusView } from '../../../src/contract/views.ts'
import { start } from '../../support/jrctl.ts'
import { startFleet, type TestFleet, until } from '../fleet.ts'

const upstream = `[gateway]
[[gateway.upstreams]]
name = "made-up"
kind = "simulated"
`

let fleet: TestFleet
beforeAll(async () => void (fleet = await startFleet(upstream, 'workers = []')))
afterAll(() => fleet.end())

it('a worker that somebody starts beside a daemon is of its node, and has its share of the LLM', async () => {
  const { gateway } = await fleet.json<StatusView>('status')
  const ask = `fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST',
    headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'Hello' }] }),
  }).then(async (answer) => console.log(JSON.stringify({ status: answer.status, words: answer.ok || await answer.text() })))`
  const place = { ...fleet.place, env: { ...fleet.place.env, JRCTL_GATEWAY_URL: gateway?.url ?? '' } }
  const worker = start(place, ['work', 'Hand Jr.', '--', process.execPath, '-e', ask])
  try {
    await fleet.jrctl('tasks', 'add', 'Ask', '--assign', 'Hand Jr.')
    const { task } = await until(
      () => fleet.json<TaskDetailView>('tasks', 'show', '1'),
      (shown) => shown.task.status === 'completed' || shown.task.status === 'failed',
    )
    expect(task).toMatchObject({ status: 'completed', result: { status: 200 } })
  } finally {
    worker.child.kill('SIGTERM')
    await worker.exited
  }
})
