import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { prepareWidths } from '../../src/text/fit.ts'
import { draw } from '../../tui/drawn.tsx'
import type { Presenter } from '../../tui/presenter.ts'
import type { Size } from '../../tui/state.ts'
import { createStore } from '../../tui/store.ts'
import { createTheme } from '../../tui/theme.ts'
import { Emulator } from './emulator.ts'
import { play, stateOf } from './fixture.ts'
import { FakeKeyboard } from './terminal.ts'

/** The same frame in each terminal's way of colours, as an emulator shows it: kept with its styles. */

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

const open: Presenter[] = []
afterEach(async () => {
  for (const presenter of open.splice(0)) {
    presenter.leave()
    await presenter.left
  }
})

type Environment = Record<string, string>

const scenes: Record<string, readonly string[]> = { positions: ['j', 'u'], workers: ['2', 'j'] }

async function shown(size: Size, env: Environment, keys: readonly string[]): Promise<Emulator> {
  const terminal = new Emulator(size)
  const output = createOutput({ stdout: terminal, stderr: terminal }, { colour: true, env })
  const presenter = draw({
    store: createStore(play(stateOf({ size }), ...keys).state, () => {}),
    theme: createTheme((style, text) => output.style(style, text)),
    stdin: new FakeKeyboard(),
    stdout: terminal,
  })
  open.push(presenter)
  await vi.waitFor(() => expect(terminal.screen()[0]).toContain('Fleet'), { interval: 2 })
  await new Promise((resolve) => terminal.write('', resolve))
  return terminal
}

const sizes: Size[] = [
  { columns: 40, rows: 10 },
  { columns: 80, rows: 24 },
  { columns: 160, rows: 50 },
]
const sixteen: Environment = { TERM: 'xterm' }

describe.each(Object.entries(scenes))('%s', (name, keys) => {
  describe.each(sizes)('at $columns × $rows', (size) => {
    const file = (mode: string) => `frames/modes/${name}-${size.columns}x${size.rows}-${mode}.txt`
    const text = (lines: readonly string[]) => `${lines.join('\n')}\n`

    it('in 16 colours', async () => {
      await expect(text((await shown(size, sixteen, keys)).styled())).toMatchFileSnapshot(file('colours'))
    })

    it.each<[string, Environment]>([
      [
        'a terminal of all colours: its owner has chosen the 16',
        { TERM: 'xterm-direct', COLORTERM: 'truecolor' },
      ],
      ['256 colours, within tmux', { TERM: 'tmux-256color' }],
      ['screen', { TERM: 'screen-256color' }],
      ['a shell of a build server', { TERM: 'xterm', CI: '1' }],
    ])('the same in %s', async (_, env) => {
      const [one, other] = await Promise.all([shown(size, sixteen, keys), shown(size, env, keys)])
      expect(other.styled()).toEqual(one.styled())
    })

    it('without colours', async () => {
      const terminal = await shown(size, { TERM: 'xterm', NO_COLOR: '1' }, keys)
      await expect(text(terminal.styled())).toMatchFileSnapshot(file('no-color'))
      expect(terminal.styled()).toEqual(terminal.screen())
      expect(terminal.modes).not.toContain('cursor shown')
      expect(terminal.screen()).toEqual((await shown(size, sixteen, keys)).screen())
    })
  })
})
