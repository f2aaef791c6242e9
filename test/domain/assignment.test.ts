import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OfferedTask } from '../../src/domain/acceptance.ts'
import { acceptsTags } from '../../src/domain/acceptance.ts'
import { assignTasks, type Candidate } from '../../src/domain/assignment.ts'
import { jrName, taskId } from '../../src/domain/ids.ts'

const task = (id: number, tags: string[] = []): OfferedTask => ({
  id: taskId(id),
  title: 'a task',
  source: '',
  createdBy: '',
  priority: 5,
  sacredFirePriority: 0,
  urgent: false,
  attempts: 0,
  channel: null,
  score: null,
  campaignId: null,
  tags,
})

const everything = () => true
const jr = (name: string, load = 0, accepts: Candidate['accepts'] = everything): Candidate => ({
  name: jrName(name),
  load,
  accepts,
})

const tagNames = ['code', 'text', 'ops']
const tags = fc.subarray(tagNames)
const tasks = fc
  .array(tags, { maxLength: 60 })
  .map((list) => list.map((taskTags, index) => task(index + 1, taskTags)))
const loads = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-e]{1,2}$/), fc.nat(20)), {
  maxLength: 8,
  selector: ([name]) => name,
})
const candidates = loads.map((list) => list.map(([name, load]) => jr(name, load)))
const choosy = fc
  .array(tags, { minLength: 8, maxLength: 8 })
  .chain((accepted) =>
    loads.map((list) =>
      list.map(([name, load], index) =>
        jr(name, load, (one) => acceptsTags({ tags: accepted[index] ?? [], when: null }, one)),
      ),
    ),
  )

describe('assigning tasks', () => {
  it('gives to the least loaded, counting what it gives; ties by name', () => {
    const { placements, left } = assignTasks(
      [1, 2, 3, 4].map((id) => task(id)),
      [jr('b', 1), jr('c'), jr('a', 1)],
    )
    expect(placements.map(({ jrName: name }) => name)).toEqual(['c', 'a', 'b', 'c'])
    expect(left).toEqual([])
  })

  it('leaves everything with nobody online', () => {
    expect(assignTasks([task(1), task(2)], [])).toEqual({ placements: [], left: [1, 2], candidates: [] })
  })

  it('places or leaves each task once, in the order given', () => {
    fc.assert(
      fc.property(tasks, choosy, (given, online) => {
        const { placements, left } = assignTasks(given, online)
        const placed = placements.map((placement) => placement.taskId)
        const ids = given.map(({ id }) => id)
        expect(placed).toEqual(ids.filter((id) => placed.includes(id)))
        expect(left).toEqual(ids.filter((id) => !placed.includes(id)))
      }),
    )
  })

  it('gives only to those online, and nothing that they do not accept; leaves only what nobody accepts', () => {
    fc.assert(
      fc.property(tasks, choosy, (given, online) => {
        const { placements, left } = assignTasks(given, online)
        const byId = new Map(given.map((one) => [one.id, one]))
        const acceptors = (id: number) =>
          online.filter((one) => one.accepts(byId.get(taskId(id)) as OfferedTask))
        for (const placement of placements) {
          expect(acceptors(placement.taskId).map(({ name }) => name)).toContain(placement.jrName)
        }
        for (const id of left) expect(acceptors(id)).toEqual([])
      }),
    )
  })

  it('is balanced within one among those who got something, when all accept all', () => {
    fc.assert(
      fc.property(tasks, candidates, (given, online) => {
        const { placements, candidates: after } = assignTasks(given, online)
        const receivers = new Set(placements.map(({ jrName: name }) => name))
        const got = after.filter(({ name }) => receivers.has(name)).map(({ load }) => load)
        if (got.length === 0) return
        expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(1)
        // Whoever got nothing had no less to do than those who did.
        for (const { name, load } of after)
          if (!receivers.has(name)) expect(load).toBeGreaterThanOrEqual(Math.max(...got) - 1)
      }),
    )
  })

  it('decides the same in batches as at once, and whoever is named first', () => {
    fc.assert(
      fc.property(tasks, choosy, fc.integer({ min: 1, max: 20 }), (given, online, batch) => {
        let carried: Candidate[] = online.toReversed()
        const placements = []
        for (let from = 0; from < given.length; from += batch) {
          const decided = assignTasks(given.slice(from, from + batch), carried)
          carried = decided.candidates
          placements.push(...decided.placements)
        }
        expect(placements).toEqual(assignTasks(given, online).placements)
      }),
    )
  })
})
