import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const worker = (name: string, ...lines: string[]) =>
  ['[[workers]]', `name = "${name}"`, 'command = ["x"]', ...lines, ''].join('\n')

describe('who needs whom', () => {
  test('names of other workers are taken, in any order of the file', async () => {
    const toml = worker('A', 'depends_on = ["B", "C", "B"]', 'layer = 3') + worker('B') + worker('C')
    expect((await load(toml)).policy.workers[0]).toMatchObject({ dependsOn: ['B', 'C'], layer: 3 })
  })

  test.each([
    [
      'an unknown name, with the one that was probably meant',
      worker('A', 'depends_on = ["Reserch Jr."]') + worker('Research Jr.'),
      'f:4:15 workers."A".depends_on: found "Reserch Jr.", which no worker is called, allowed the names of other workers; did you mean "Research Jr."?',
    ],
    [
      'itself',
      worker('A', 'depends_on = ["A"]'),
      'f:4:15 workers."A".depends_on: found "A" itself, allowed the names of other workers',
    ],
    [
      'a circle, with its whole path',
      worker('X', 'depends_on = ["A"]') +
        worker('A', 'depends_on = ["C", "B"]') +
        worker('B', 'depends_on = ["A"]') +
        worker('C'),
      'f:8:20 workers."A".depends_on: found a circle, "A" → "B" → "A", allowed dependencies that end somewhere',
    ],
    [
      'a layer below that of a dependency',
      worker('A', 'depends_on = ["B"]', 'layer = 1') + worker('B', 'layer = 2'),
      'f:5:9 workers."A".layer: found 1, allowed 2 or more: it depends on "B", which boots in layer 2',
    ],
    [
      'a layer that there is not',
      worker('A', 'layer = 5'),
      'f:4:9 workers."A".layer: found 5, allowed a layer from 1 to 4',
    ],
    [
      'a heartbeat that nobody listens to',
      worker('A', 'ready = "heartbeat"', 'heartbeat = "none"'),
      'f:4:9 workers."A".ready: found a heartbeat beside heartbeat = "none", allowed a port, a command, a log line or a delay',
    ],
  ])('refused: %s', async (_, toml, said) => {
    expect(await problemsOf(toml)).toEqual([said])
  })
})

describe('ready', () => {
  test.each([
    ['', { kind: 'delay', delayMs: 1_000 }],
    ['ready = "250ms"', { kind: 'delay', delayMs: 250 }],
    ['ready = "heartbeat"', { kind: 'heartbeat' }],
    ['ready = { heartbeat = true }', { kind: 'heartbeat' }],
    ['ready = { delay = "0s" }', { kind: 'delay', delayMs: 0 }],
    ['ready = { port = 8080 }', { kind: 'port', host: '127.0.0.1', port: 8080, everyMs: 1_000 }],
    [
      'ready = { port = 1, host = "::1", every = "5s" }',
      { kind: 'port', host: '::1', port: 1, everyMs: 5_000 },
    ],
    [
      'ready = { command = ["pg_isready", "-q"] }',
      { kind: 'command', command: ['pg_isready', '-q'], everyMs: 1_000 },
    ],
    [`ready = { log = 'listening on \\d+' }`, { kind: 'log', pattern: String.raw`listening on \d+` }],
  ])('%s', async (line, ready) => {
    expect((await load(worker('A', line))).policy.workers[0]?.ready).toEqual(ready)
  })

  test.each([
    'ready = true',
    'ready = ""',
    'ready = {}',
    'ready = "2d"',
    'ready = { heartbeat = false }',
    'ready = { heartbeat = true, port = 1 }',
    'ready = { port = 0 }',
    'ready = { port = 70000 }',
    'ready = { port = "http" }',
    'ready = { command = [] }',
    'ready = { command = "pg_isready" }',
    'ready = { log = "(" }',
    'ready = { log = "x", every = "1s" }',
    'ready = { delay = "1s", host = "x" }',
    'ready = { prot = 8080 }',
  ])('refused with its place and what is allowed: %s', async (line) => {
    const [said, ...more] = await problemsOf(worker('A', line))
    expect(said).toMatch(/^f:4:\d+ workers\."A"\.ready(\.\w+)*: found .+, allowed .*heartbeat/)
    expect(more).toEqual([])
  })

  test('a slip of the pen is understood', async () => {
    expect((await problemsOf(worker('A', 'ready = "hearbeat"')))[0]).toContain('did you mean "heartbeat"?')
  })
})
