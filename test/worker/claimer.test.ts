import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { fence, instanceId, jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import { createClaimer } from '../../src/worker/claimer.ts'
import { newAttemptKeys } from '../../src/worker/attempt-keys.ts'
import { fakeLogger } from '../fakes/logger.ts'
import { fakeRandom } from '../fakes/random.ts'
import { queueDouble } from './support/queue-double.ts'

const held = [{ taskId: taskId(99), fence: fence(99), instanceId: instanceId('i') }]

function claiming() {
  const queue = queueDouble()
  const claimer = createClaimer({
    queue,
    random: fakeRandom(),
    logger: fakeLogger(),
    held: () => held,
    request: {
      jrNames: [jrName('Research Jr.')],
      acceptUnassigned: true,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      leaseMs: 60_000,
    },
  })
  const releases = (): number => queue.calls.filter(({ name }) => name === 'releaseUnheld').length
  return { queue, claimer, releases }
}

test('keys are different, 256 bits, and each stands under its hash', () => {
  const keys = newAttemptKeys(fakeRandom(), 1000)
  expect(new Set(keys.values()).size).toBe(1000)
  for (const [hash, key] of keys) {
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(createHash('sha256').update(key).digest('hex')).toBe(hash)
  }
})

test('as many as were asked for at most, each with the key of its attempt', async () => {
  const { queue, claimer, releases } = claiming()
  for (let at = 0; at < 3; at++) queue.add()
  const claims = await claimer.claim(5)
  expect(claims).toHaveLength(3)
  for (const { claimed, attemptKey } of claims)
    expect(createHash('sha256').update(attemptKey).digest('hex')).toBe(claimed.keyHash)
  expect(releases()).toBe(0)
})

test('a claim whose answer is lost is made good before the next, sparing what is held', async () => {
  const { queue, claimer, releases } = claiming()
  const id = queue.add()
  queue.loseClaimAnswer(new OperationalError('timeout', { code: 'db.timeout', retryable: true }))
  await expect(claimer.claim(1)).rejects.toThrow('timeout')
  expect(queue.row(id).status).toBe('in_progress')
  const [again] = await claimer.claim(1)
  expect(again?.claimed.task.id).toBe(id)
  expect(queue.unheld).toEqual([held])
  await claimer.claim(1)
  expect(releases()).toBe(1)
})

test('while the release fails, nothing is claimed and the doubt stays', async () => {
  const { queue, claimer } = claiming()
  queue.add()
  queue.setDown(true)
  await expect(claimer.claim(1)).rejects.toThrow('away')
  await expect(claimer.claim(1)).rejects.toThrow('away')
  expect(queue.calls.map(({ name }) => name)).toEqual(['claim', 'releaseUnheld'])
  await expect(claimer.releaseUnheard()).rejects.toThrow('away')
  queue.setDown(false)
  await claimer.releaseUnheard()
  await claimer.releaseUnheard()
  expect(queue.unheld).toHaveLength(1)
})
