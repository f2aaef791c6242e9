import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/domain/task.ts'
import { runAll, starts } from './support.ts'

test('many tasks, one process, each its own answer', async () => {
  const titles = Array.from({ length: 500 }, (_, at) => `echo ${at}`)
  const ran = await runAll(titles)
  expect(ran.rows.map(({ status, result }) => ({ status, result }))).toEqual(
    titles.map((title) => ({ status: 'completed', result: { title } })),
  )
  expect(starts(ran)).toBe(1)
  // Many with one claim, never more than there are slots.
  const asked = ran.queue.claims.map(({ keyHashes }) => keyHashes.length)
  expect(Math.max(...asked)).toBe(10)
  expect(ran.queue.claims.length).toBeLessThan(400)
})

test('a program in ten lines of shell', async () => {
  const script = `while read -r line; do
    attempt=$(printf %s "$line" | sed 's/.*"attempt":"\\([^"]*\\)","key.*/\\1/')
    printf '{"attempt":"%s","result":"by shell"}\\n' "$attempt"
  done`
  const { rows } = await runAll(['a', 'b', 'c'], { command: ['/bin/sh', '-c', script] })
  expect(rows.map(({ result }) => result)).toEqual(['by shell', 'by shell', 'by shell'])
})

test.each([
  { title: 'nothing', status: 'completed', result: null, error: null },
  { title: 'fails', status: 'retry', result: { half: true }, error: 'attempt: no luck' },
  { title: 'final', status: 'failed', result: null, error: 'final: never' },
  { title: 'again', status: 'retry', result: null, error: 'asked: not now' },
  {
    title: 'neither',
    status: 'retry',
    result: null,
    error: expect.stringMatching(/has neither "result"/) as string,
  },
  {
    title: 'nan',
    status: 'retry',
    result: null,
    error: expect.stringMatching(/the answer is not JSON/) as string,
  },
  {
    title: 'huge',
    status: 'retry',
    result: null,
    error: expect.stringMatching(/1048578 bytes, over/) as string,
  },
  {
    title: 'endless',
    status: 'retry',
    result: null,
    error: expect.stringMatching(/bytes long, over/) as string,
  },
  { title: 'twice', status: 'completed', result: 1, error: null },
  { title: 'foreign', status: 'completed', result: 'mine', error: null },
  { title: 'flood', status: 'completed', result: 'dry again', error: null },
])('what answers "$title" ends $status, and its neighbours as they answer', async ({ title, ...row }) => {
  const ran = await runAll(['echo before', title, 'echo after'])
  expect(ran.rows[1]).toMatchObject(row)
  expect(ran.rows[0]?.result).toEqual({ title: 'echo before' })
  expect(ran.rows[2]?.result).toEqual({ title: 'echo after' })
  expect(starts(ran)).toBe(1)
})

test('output that is no answer, and answers of nobody, go to the log', async () => {
  const { log, runner } = await runAll(['foreign', 'twice'])
  // All that was said is heard by then.
  await runner.stop('the end')
  const said = log.stdout.join('')
  expect(said).toContain('{"level":"info","message":"a log line that is JSON"}\n')
  expect(said.match(/jrctl: dropped, no such attempt is at work: /g)).toHaveLength(3)
})

test('the task comes whole, with the secret of its attempt and without its fence', async () => {
  const { rows, queue } = await runAll(['whole'])
  const message = JSON.parse(rows[0]?.result as string) as { [key: string]: Json }
  expect(Object.keys(message)).toEqual(['attempt', 'key', 'task'])
  expect(message).toMatchObject({ task: { id: 1, title: 'whole', attempt: 1, jr_name: 'Research Jr.' } })
  expect(JSON.stringify(message)).not.toContain('fence')
  const hash = createHash('sha256')
    .update(message['key'] as string)
    .digest('hex')
  expect(queue.claims.flatMap(({ keyHashes }) => keyHashes)).toContain(hash)
})

test('the program gets its worker’s variables, none of a task and no secret of the queue', async () => {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: 'postgres://secret',
    PGPASSWORD: 'secret',
    MINE: 'yes',
  }
  const { rows } = await runAll(['environment'], { env })
  const seen = rows[0]?.result as { [key: string]: string }
  expect(seen).toMatchObject({
    JR_ORCHESTRATED: '1',
    JR_NAME: 'Research Jr.',
    JR_CONCURRENCY: '10',
    MINE: 'yes',
  })
  expect(JSON.stringify(seen)).not.toContain('secret')
  for (const name of ['JR_TASK_ID', 'JR_RESULT_FILE', 'JRCTL_ATTEMPT_KEY'])
    expect(seen).not.toHaveProperty(name)
})

test('a row that cannot be written as JSON fails its attempt and nobody else’s', async () => {
  const ran = await runAll(['echo before'])
  const odd = ran.queue.add({ title: 'echo', createdAt: Number.NaN })
  const next = ran.queue.add({ title: 'echo next' })
  ran.queue.notifier.notify({ kind: 'work', jrName: null })
  await ran.queue.until(() => ran.queue.row(next).status === 'completed')
  await ran.queue.until(() => ran.queue.row(odd).status === 'retry')
  expect(ran.queue.row(odd).error).toMatch(/could not be prepared/)
})

test('what was done is told in sums, not a line a task', async () => {
  const { logger, runner } = await runAll(Array.from({ length: 50 }, () => 'nothing'))
  await runner.stop('the end')
  const told = logger.lines.filter(({ level }) => level === 'info').map(({ fields }) => fields)
  expect(told).toContainEqual({ completed: 50 })
  expect(told.length).toBeLessThan(10)
})
