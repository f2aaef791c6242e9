import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { AuthenticationError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TaskDetailView } from '../../../src/contract/outputs.ts'
import { start } from '../../support/jrctl.ts'
import { startStrictUpstream, type StrictUpstream } from '../../support/llm/strict-upstream.ts'
import { someText } from '../../support/llm/tokens.ts'
import { scripted, startFleet, type TestFleet, until } from '../fleet.ts'

const agent = new URL('agent.mjs', import.meta.url).pathname
const jr = 'Agent Jr.'

/** Agents with the official SDKs, under the built daemon, told nothing but what their environment holds (spec §6). */
describe('agents at the gateway', () => {
  let upstream: StrictUpstream
  let second: StrictUpstream
  let gate: Gate
  let folder: string
  let fleet: TestFleet
  beforeAll(async () => {
    upstream = await startStrictUpstream()
    second = await startStrictUpstream()
    gate = await startGate()
    folder = await mkdtemp(join(tmpdir(), 'jrctl-keys-'))
    await writeFile(join(folder, 'key'), `${upstream.key}\n`, { mode: 0o600 })
    const command = `GATE_URL=${gate.url} exec "${process.execPath}" "${agent}"`
    fleet = await startFleet(scripted(jr, command), settings())
  })
  afterEach(() => {
    expect([...upstream.faults, ...second.faults]).toEqual([])
    upstream.seen.length = 0
  })
  afterAll(async () => {
    await fleet.end()
    await Promise.all([upstream.close(), second.close(), gate.close()])
    await rm(folder, { recursive: true })
  })

  const table = (name: string, { url }: StrictUpstream, models: string) =>
    `[[gateway.upstreams]]
name = "${name}"
url = "${url}"
dialects = ["openai", "anthropic"]
key_file = "${join(folder, 'key')}"
models = ["${models}"]
`
  const settings = () => `[capacity]
base_rate = 6000
${table('first', upstream, 'small-*')}${table('large', upstream, 'large-*')}`

  const add = async (title: string): Promise<number> => {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', title, '--assign', jr)
    return ids[0] ?? 0
  }
  const ended = (id: number) =>
    until(
      () => fleet.json<TaskDetailView>('tasks', 'show', String(id)),
      ({ task }) => task.status === 'completed' || task.status === 'failed',
    )
  const work = async (title: string): Promise<unknown[]> => {
    const { task } = await ended(await add(title))
    expect(task.error).toBeNull()
    return (task.result as { answers: unknown[] }).answers
  }

  it('ask by both SDKs, whole and streamed', async () => {
    expect(await work('chat stream message')).toEqual([someText, someText, someText])
    expect(upstream.seen.map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/chat/completions',
      '/v1/messages',
    ])
  })

  it('know the gateway and a key of their own, and nothing of the upstream or the database', async () => {
    const [first] = await work('environment')
    const [next] = await work('environment')
    expect(first).toMatchObject({
      base: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/) as string,
      database: null,
    })
    expect((first as { key: string }).key).not.toContain(upstream.key)
    expect((next as { key: string }).key).not.toBe((first as { key: string }).key)
  })

  it('ask on with the same address and key when the daemon was killed and came back', async () => {
    const id = await add('environment chat gate chat environment')
    await gate.reached()
    fleet.daemon.child.kill('SIGKILL')
    await fleet.daemon.exited
    fleet.daemon = start(fleet.place, ['daemon'])
    await fleet.daemon.said(/ runs, pid/)
    gate.open()
    const { task, attempts } = await ended(id)
    const { answers } = task.result as { answers: unknown[] }
    expect(answers.slice(1, -1)).toEqual([someText, 'open', someText])
    expect(answers.at(-1)).toEqual(answers[0])
    expect(attempts).toHaveLength(1)
  })

  it('are shown the door when their attempt has ended', async () => {
    const [{ base, key }] = (await work('environment')) as [{ base: string; key: string }]
    const client = new OpenAI({ baseURL: base, apiKey: key, maxRetries: 0 })
    const late = await client.models.list().catch((error: unknown) => error)
    expect(late).toBeInstanceOf(AuthenticationError)
    const stranger = new OpenAI({ baseURL: base, apiKey: 'sk-none', maxRetries: 0 })
    const refused = await stranger.models.list().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AuthenticationError)
    expect(upstream.seen).toEqual([])
  })

  it('find a new upstream after a reload, without a restart', async () => {
    const file = join(fleet.place.dir, 'jrctl.toml')
    const before = await readFile(file, 'utf8')
    await writeFile(file, before.replace('[[workers]]', `${table('second', second, 'second-*')}[[workers]]`))
    const { pid } = await fleet.json<{ pid: number }>('status')
    expect((await fleet.jrctl('reload')).stdout).toMatch(/gateway/)
    expect((await fleet.json<{ pid: number }>('status')).pid).toBe(pid)
    expect(await work('second')).toEqual([someText])
    expect(second.seen).toHaveLength(1)
  })
})

interface Gate {
  url: string
  /** Settles when somebody stands before it. */
  reached(): Promise<void>
  open(): void
  close(): Promise<void>
}

/** Answers whoever asks when it is opened. */
async function startGate(): Promise<Gate> {
  const standing: ServerResponse[] = []
  const server: Server = createServer((_, response) => {
    standing.push(response)
    server.emit('reached')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async reached() {
      if (standing.length === 0) await once(server, 'reached')
    },
    open() {
      for (const response of standing.splice(0)) response.end('open')
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
