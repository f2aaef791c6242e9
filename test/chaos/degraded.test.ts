import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateForTests } from '../support/migrate.ts'
import { gather } from './evidence.ts'
import { type Ground, prepareGround } from './fleet/ground.ts'
import { jrName, kill, type Node, startNode } from './fleet/node.ts'
import { eventually } from './fleet/processes.ts'
import { mountSmallDisk } from './fleet/small-disk.ts'
import { violations } from './invariants.ts'
import { createTally } from './tally.ts'

/** I5: what is degraded shows in the next health check; and what is not, does not. */
interface Health {
  level: 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN'
  problems: { level: string; text: string }[]
}

let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(createTally())
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

async function check(node: Node): Promise<Health> {
  const checking = await node.command('health-check', '--dry-run', '--json', '--timeout', '10')
  await checking.exited
  const line = checking
    .printed()
    .split('\n')
    .find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`no answer: ${checking.printed()}`)
  return JSON.parse(line) as Health
}

const told = (health: Health): string =>
  health.problems.map(({ level, text }) => `${level} ${text}`).join('\n')

describe('I5: what is degraded shows in the next health check', () => {
  let node: Node

  beforeAll(async () => {
    node = await startNode('watched', ground.at, { instances: 1 })
  })

  afterAll(() => node.stop())

  it('a fleet that is well has nothing to tell (so that what follows can fail)', async () => {
    await eventually(
      'all is well',
      () => check(node),
      ({ level }) => level === 'OK',
      30_000,
    )
  })

  it('a database that refuses', async () => {
    ground.proxy.refuse()
    ground.proxy.cut()
    expect(told(await check(node))).toMatch(/^CRITICAL database: /m)
    ground.proxy.heal()
  })

  it('a database that is silent', async () => {
    ground.proxy.blackHole()
    expect(told(await check(node))).toMatch(/^CRITICAL database: /m)
    ground.proxy.heal()
    await eventually(
      'all is well again',
      () => check(node),
      ({ level }) => level === 'OK',
      30_000,
    )
  })

  it('a worker that keeps dying', async () => {
    const dying = setInterval(() => void node.workers().then((pids) => pids.forEach(kill)), 20)
    try {
      await eventually(
        'it shows',
        async () => told(await check(node)),
        (text) => /no worker is running|is backoff/.test(text),
        20_000,
      )
    } finally {
      clearInterval(dying)
    }
  })

  it('a daemon that is gone while work waits', async () => {
    await node.stop()
    await ground.queue.add([{ title: 'ok 01', assignedJr: 'Nobody Jr.' }], 'control')
    expect(told(await check(node))).toMatch(/^(WARNING|CRITICAL) daemon down/m)
  })
})

describe('a full disk under the state directory', () => {
  it(
    'stops claims, shows, and loses nothing; room brings all back',
    { timeout: 180_000 },
    async (context) => {
      const stateDir = join(ground.at.folder, 'cramped', 'state')
      const disk = await mountSmallDisk(stateDir, ground.at)
      if (disk.kind === 'none') context.skip(`no small disk can be mounted here: ${disk.why}`)
      if (disk.kind === 'none') return
      const node = await startNode('cramped', ground.at, { instances: 2, wrap: disk.inside })

      const before = await add(6)
      await disk.fill()
      await eventually('claims are held back', held, (reasons) => reasons.length > 0, 60_000)
      const during = await add(6)
      expect(told(await check(node))).toMatch(/disk|full/)
      kill(node.daemon().pid)
      await disk.free()
      await eventually(
        'all is done',
        () =>
          ground.server.ask<{ status: string }>(`select status from jr_work_queue where id = any ($1)`, [
            [...before, ...during],
          ]),
        (rows) => rows.every(({ status }) => status === 'completed'),
        60_000,
      )
      // A stop tells the ledger the rest. SQLite cannot open a file through another namespace's root, so a copy is read.
      await node.stop()
      const stateFile = join(ground.at.folder, 'cramped.sqlite')
      await copyFile(disk.path(node.stateFile), stateFile)
      const evidence = await gather({
        server: ground.server,
        nodes: [{ name: 'cramped', stateFile }],
        effectsFile: ground.at.effectsFile,
        accepted: [...before, ...during],
        fromTask: before[0] ?? 0,
      })
      expect(violations(evidence)).toEqual([])
    },
  )

  const add = (count: number) =>
    ground.queue.add(
      Array.from({ length: count }, () => ({ title: 'ok 05', assignedJr: jrName })),
      'control',
    )

  const held = () =>
    ground.server.ask(`select claims_held_reason from jr_nodes where claims_held_until > now()`)
})
