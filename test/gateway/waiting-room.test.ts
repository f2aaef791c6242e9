import { describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { createWaitingRoom } from '../../src/gateway/waiting-room.ts'

const [one, other] = [taskId(1), taskId(2)]

describe('the waiting room', () => {
  it('lets one task take half of the places, and all together all of them', () => {
    const room = createWaitingRoom()
    room.enter(one)
    expect(room.isFull(one, 4)).toBe(false)
    room.enter(one)
    expect(room.isFull(one, 4)).toBe(true)
    expect(room.isFull(other, 4)).toBe(false)
    room.enter(other)
    room.enter('untracked')
    expect(room.isFull(other, 4)).toBe(true)
    expect(room.size).toBe(4)
  })

  it('has room again when somebody leaves', () => {
    const room = createWaitingRoom()
    room.enter(one)
    expect(room.isFull(one, 1)).toBe(true)
    room.leave(one)
    expect(room.isFull(one, 1)).toBe(false)
    expect(room.size).toBe(0)
  })
})
