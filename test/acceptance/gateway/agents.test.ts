import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { AuthenticationError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MetricsView } from '../../../src/contract/metrics.ts'
import type { TaskDetailView } from '../../../src/contract/outputs.ts'
import type { StatusView } from '../../../src/contract/views.ts'
import { start } from '../../support/jrctl.ts'
import { hang } from '../../support/llm/replies.ts'
import { startStrictUpstream, type StrictUpstream } from '../../support/llm/strict-upstream.ts'
import { someText, someTokens } from '../../support/llm/tokens.ts'
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
    fleet = await startFleet(scripted(jr, command, 'instances = 2'), settings())
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
    await gate.reached(1)
    await restart()
    gate.open()
    const { task, attempts } = await ended(id)
    const { answers } = task.result as { answers: unknown[] }
    expect(answers.slice(1, -1)).toEqual([someText, 'open', someText])
    expect(answers.at(-1)).toEqual(answers[0])
    expect(attempts).toHaveLength(1)
  })

  it('ask again by themselves when the daemon is killed in the middle of their call', async () => {
    upstream.next(hang)
    const id = await add('patient')
    await upstream.came(1)
    await restart()
    expect((await ended(id)).task.result).toEqual({ answers: [someText] })
    expect(upstream.seen).toHaveLength(2)
    await upstream.quiet()
  })

  it('move up when one before them is done', async () => {
    const first = await add('gate')
    await gate.reached(1)
    const next = await add('where gate where')
    await gate.reached(2)
    gate.open()
    await ended(first)
    await until(
      () => fleet.json<StatusView>('status'),
      ({ positions }) => positions[0]?.taskId === next,
    )
    gate.open()
    const { task } = await ended(next)
    expect((task.result as { answers: unknown[] }).answers).toEqual([['2', '0.25'], 'open', ['1', '0.5']])
  })

  it('and what they did, show in status and metrics', async () => {
    const { gateway } = await fleet.json<StatusView>('status')
    const before = gateway?.upstreams.find(({ name }) => name === 'first')
    await work('stream')
    const metrics = await fleet.json<MetricsView>('metrics')
    const after = metrics.gateway?.upstreams.find(({ name }) => name === 'first')
    expect((after?.inputTokens ?? 0) - (before?.inputTokens ?? 0)).toBe(someTokens.input)
    expect((after?.outputTokens ?? 0) - (before?.outputTokens ?? 0)).toBe(someTokens.output)
    expect(metrics.gateway).toMatchObject({ waiting: 0, inFlight: 0, refused: {} })
    expect(metrics.gateway?.requests['chat']?.['2xx']).toBeGreaterThan(0)
    const { stdout } = await fleet.jrctl('status')
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+ · 2 upstreams · 0\/128 in flight/)
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
    const { daemon } = await fleet.json<StatusView>('status')
    await reconfigure('[[workers]]', `${table('second', second, 'second-*')}[[workers]]`)
    expect((await fleet.json<StatusView>('status')).daemon.pid).toBe(daemon.pid)
    expect(await work('second')).toEqual([someText])
    expect(second.seen).toHaveLength(1)
  })

  it('share the gateway with those who have no key, where that is allowed', async () => {
    const { gateway } = await fleet.json<StatusView>('status')
    const call = () =>
      fetch(`${gateway?.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"model":"small-1","messages":[]}',
      })
    expect((await call()).status).toBe(401)
    await reconfigure('[capacity]', '[gateway]\nuntracked = "allow"\n[capacity]')
    const answer = await call()
    expect(answer.status).toBe(200)
    expect(answer.headers.has('x-jrctl-position')).toBe(false)
    expect(answer.headers.get('x-jrctl-charged')).toBe('1')
  })

  it('are told that nobody answers for real, where the upstream is simulated', async () => {
    const simulated = '[[gateway.upstreams]]\nname = "pretended"\nkind = "simulated"\nmodels = ["second-*"]\n'
    await reconfigure(table('second', second, 'second-*'), simulated)
    second.seen.length = 0
    expect(await work('second')).toEqual([expect.stringMatching(/simulated/i)])
    expect(second.seen).toEqual([])
    expect((await fleet.jrctl('status')).stdout).toMatch(/1 of them simulated/)
  })

  async function restart(): Promise<void> {
    fleet.daemon.child.kill('SIGKILL')
    await fleet.daemon.exited
    fleet.daemon = start(fleet.place, ['daemon'])
    await fleet.daemon.said(/ runs, pid/)
  }

  async function reconfigure(what: string, by: string): Promise<void> {
    const file = join(fleet.place.dir, 'jrctl.toml')
    const before = await readFile(file, 'utf8')
    expect(before).toContain(what)
    await writeFile(file, before.replace(what, by))
    expect((await fleet.jrctl('reload')).stdout).toMatch(/gateway/)
  }
})

interface Gate {
  url: string
  /** Settles when so many stand before it. */
  reached(count: number): Promise<void>
  /** Lets the first of them through. */
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
    async reached(count) {
      while (standing.length < count) await once(server, 'reached')
    },
    open() {
      standing.shift()?.end('open')
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
