import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { UserError } from '../../src/errors.ts'
import { printedTop } from '../../tui/print.ts'
import { screens } from '../../tui/screens/screens.ts'
import { screenNames } from '../../tui/state.ts'
import { fakeClock } from '../fakes/clock.ts'
import { atWork } from './at-work.ts'
import { cycleStatus } from './cycle-fixture.ts'
import { listed, now, position, statusView, worker } from './fixture.ts'

interface Given {
  status?: StatusView
  columns?: number
  screen?: string
}

/** In a terminal of so many columns, or into a pipe. */
function printed({ status = statusView(), columns, screen }: Given = {}): Promise<string[]> {
  const call = async (name: string) =>
    name === 'status'
      ? status
      : { ...cycleStatus(), tasks: [listed(7, 'failed'), listed(8, 'pending')], letters: [], entries: [] }
  return printedTop({
    client: { call } as unknown as Pick<ApiClient, 'call'>,
    clock: fakeClock(now),
    paint: (_, text) => text,
    drawing: 'blocks',
    columns: columns ?? 200,
    isEndless: columns === undefined,
    screen,
  })
}

const longTitle = `${'a long title '.repeat(30)}and its end`

describe('top, printed once', () => {
  it('is the header, the positions and all workers, however many', async () => {
    const workers = Array.from({ length: 300 }, (_, index) => worker(index, 'running'))
    const lines = await printed({ status: statusView({ workers }), columns: 80 })
    const of = (title: string) => lines.findIndex((line) => line.startsWith(`${title}  `))
    expect(lines[0]).toMatch(/^Fleet +running · 300 of 300 workers run/)
    expect(of('Positions')).toBeGreaterThan(0)
    expect(lines[of('Positions')]).toBe('Positions  5 tasks in progress')
    expect(lines[of('Workers')]).toMatch(/^Workers  300 /)
    expect(lines.filter((line) => line.includes(' running ')).length).toBeGreaterThanOrEqual(300)
  })

  it('has no rows for a terminal that is not there', async () => {
    const lines = await printed({ status: atWork() })
    expect(lines.filter((line) => /^(?:Capacity|Done|Waited)/.test(line))).toHaveLength(3)
    const blanks = lines.map((line) => line === '')
    expect(blanks.some((blank, index) => blank && blanks[index + 1] === true)).toBe(false)
  })

  it('says first what is wrong, whole', async () => {
    const degraded = [`the disk is nearly full: ${'and so on '.repeat(20)}to the end`]
    const status = statusView({ degraded, database: { ...statusView().database, state: 'down' } })
    const lines = await printed({ status, columns: 80 })
    const head = lines.slice(0, lines.indexOf(''))
    expect(head[0]).toMatch(/^Wrong +the database is down/)
    expect(head.join(' ').replaceAll(/ +/g, ' ')).toContain(`${degraded[0]}`)
    expect(head.map((line) => line.split(' ')[0]).filter(Boolean)).toEqual(['Wrong', 'Fleet', 'Queue'])
    expect(Math.max(...head.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('fits a terminal, and cuts nothing in a pipe', async () => {
    const status = statusView({ positions: [position(1, { title: longTitle }), position(2)] })
    const narrow = await printed({ status, columns: 80 })
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(narrow.join('\n')).not.toContain('and its end')
    expect((await printed({ status })).join('\n')).toContain('and its end')
  })

  it('leaves no room for titles that are short, where there is no edge to fill up to', async () => {
    const lines = await printed({ status: statusView({ positions: [position(1, { title: 'short' })] }) })
    expect(lines.find((line) => line.includes('short'))).toMatch(/ {2}short {2}\S/)
  })

  it('has no cursor, and no blanks at the ends of its lines', async () => {
    for (const columns of [40, 80, undefined]) {
      const lines = await printed(columns === undefined ? {} : { columns })
      expect(lines.filter((line) => line.includes('›') || /\s$/.test(line))).toEqual([])
    }
  })

  it.each(screenNames.map((name) => [name]))(
    'prints the screen %s alone, by its name or its title',
    async (name) => {
      const { title } = screens[name]
      const lines = await printed({ screen: title.toUpperCase() })
      expect(lines.some((line) => line.startsWith(title))).toBe(true)
      expect(lines).toEqual(await printed({ screen: name }))
    },
  )

  it('asks for what a screen shows', async () => {
    expect((await printed({ screen: 'tasks' })).join('\n')).toMatch(/ 7 +failed .*\n.* 8 +pending /)
  })

  it('says which screens there are', async () => {
    const refusal = await printed({ screen: 'taks' }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(UserError)
    expect(refusal).toMatchObject({ hint: expect.stringContaining('positions, workers, tasks') as string })
  })
})
