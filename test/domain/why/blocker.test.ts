import { expect, it } from 'vitest'
import { chiefBlocker } from '../../../src/domain/why/blocker.ts'
import { blocks, standing, tells } from '../../../src/domain/why/reason.ts'

const ready = standing('ready', 'It waits.')
const offline = blocks('jr_offline', 'A Jr. is offline.', 'Give it to another')
const paused = blocks('worker_down', 'Its worker A Jr. here is paused.', "jrctl workers resume 'A Jr.'")

it('is that the worker is down rather than that its Jr is offline', () => {
  expect(chiefBlocker({ whereabouts: 'ready', reasons: [ready, offline, paused] })).toEqual({
    sentence: paused.sentence,
    next: paused.next,
  })
  expect(chiefBlocker({ whereabouts: 'waiting_for_time', reasons: [ready, offline] })?.next).toBe(
    offline.next,
  )
})

it('is none where nothing blocks, or where it does not wait', () => {
  const online = tells('jr_online', 'A Jr. is online.')
  expect(chiefBlocker({ whereabouts: 'ready', reasons: [ready, online] })).toBeNull()
  expect(chiefBlocker({ whereabouts: 'running', reasons: [paused] })).toBeNull()
})
