import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../src/cli/campaigns.ts'
import { exitCode } from '../../src/errors.ts'
import { serve, type Served } from '../api/served.ts'
import { fakeCli } from './fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

async function campaigns(...args: string[]): Promise<string> {
  const cli = fakeCli({ args, client: served.client })
  expect(await run(cli)).toBe(exitCode.ok)
  return cli.out
}

it('are added, changed and listed in plain words', async () => {
  expect(await campaigns('add', 'Spring', '--budget', '500')).toBe(
    'Campaign 1 (Spring) added: active, budget 500.\n',
  )
  expect(await campaigns('add', 'Advent', '--starts', '+2d', '--ends', '+5d', '--status', 'active')).toBe(
    'Campaign 2 (Advent) added: starts in 2 d 0 h, budget 0.\n',
  )
  expect(await campaigns('set', 'spring', '--ends', '+3h')).toBe(
    'Campaign 1 (Spring) was changed: active, ends in 3 h 00 min, budget 500.\n',
  )
  expect(await campaigns('set', '1', '--ends', 'never', '--status', 'paused', '--name', 'Summer')).toBe(
    'Campaign 1 (Summer) was changed: paused, budget 500.\n',
  )
  expect(await campaigns('set', '1', '--status', 'paused')).toBe(
    'Campaign 1 (Summer) was so before; nothing has changed.\n',
  )
  expect(await campaigns('list')).toMatch(
    /^ID {2}NAME .*\n 2 {2}Advent {2}starts in 2 d 0 h +0 .*\n 1 {2}Summer {2}paused +500 +– +–\n$/,
  )
})

it('lists those that are active, and says when there are none', async () => {
  const cli = fakeCli({ args: ['list', '--active'], client: served.client })
  await run(cli)
  expect([cli.out, cli.err]).toEqual(['', 'No campaign matches. Add one with: jrctl campaigns add NAME\n'])
})

it.each<[string[], string]>([
  [['add', 'x', '--budget', '-1'], 'A number from 0 is wanted'],
  [['add', 'x', '--budget', 'Infinity'], 'A number from 0 is wanted'],
  [['add', 'x', '--starts', 'soon'], '--starts "soon" is no time'],
  [['add', 'x', '--status', 'off'], 'Allowed are: active, paused, completed'],
  [['set', 'x'], 'say what to change'],
  [['set', 'x', '--budget', '1'], 'There is no campaign "x"'],
])('%j is refused', async (args, message) => {
  await expect(campaigns(...args)).rejects.toThrow(message)
})

it('gives JSON', async () => {
  const cli = fakeCli({ args: ['add', 'Spring'], client: served.client, json: true })
  await run(cli)
  expect(JSON.parse(cli.out)).toMatchObject({
    apiVersion: 1,
    changed: true,
    campaign: { id: 1, name: 'Spring' },
  })
})
