import { expect, test } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { sandbox } from './fixture.ts'

async function problemsOf(toml: string): Promise<string[]> {
  using box = sandbox()
  try {
    await loadPolicy({ ...box.options, path: box.write('f.toml', toml) })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, key, message }) => `${line} ${key}: ${message}`)
  }
}

const table = (name: string, more = ''): string => `[[workers]]\nname = "${name}"\ncommand = ["a"]\n${more}\n`

test('what a table says in vain is refused', async () => {
  expect(await problemsOf(table('A', 'env = { JR_NAME = "x", MINE = "y" }'))).toEqual([
    '4 workers."A".env.JR_NAME: found JR_NAME, allowed names that jrctl does not set itself',
  ])
})

test.each([
  ['fleet_recent_window = "2h"', '2 supervisor.fleet_recent_window: found "2h", allowed at most'],
  ['fleet_window = "1m"', '2 supervisor.fleet_window: found "1m", allowed at least'],
])('%s alone makes a recent window that is longer than the whole one', async (line, message) => {
  const [problem] = await problemsOf(`[supervisor]\n${line}\n${table('A')}`)
  expect(problem).toContain(message)
})

test.each(['state_dir = "/proc/x"', '[logs]\ndir = "/sys/kernel"'])(
  '%s is no place for files',
  async (lines) => {
    expect(await problemsOf(`${lines}\n`)).toContainEqual(
      expect.stringMatching(/^\d (state_dir|logs\.dir): found "\/.*", allowed a folder on a disk$/),
    )
  },
)
