import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { demoWelcome, type Welcome } from '../../src/main/demo-welcome.ts'

const plain: Welcome = {
  added: 205,
  stateDir: '/here/.jrctl',
  untilIdle: false,
  llm: 'The reports ask no LLM.',
  self: '/here/bin/jrctl',
  cwd: '/here',
}
const hints = (change: Partial<Welcome>) =>
  demoWelcome({ ...plain, ...change })
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .map((line) => line.trim())

it('names the command as it is found from here', () => {
  expect(hints({})[0]).toBe('bin/jrctl top                     who works on what, with which share, live')
  expect(hints({ self: '/here/jrctl' })[1]).toMatch(/^\.\/jrctl status /)
  expect(hints({ self: '/opt/jrctl', stateDir: '/srv/demo' })[1]).toMatch(
    /^JRCTL_STATE_DIR=\/srv\/demo \/opt\/jrctl status /,
  )
})

it.each(['jr $(id) x', "a b/s'$(id)", '`id`; x', '"\\'])('can be pasted with %s in its paths', (odd) => {
  const [first = ''] = hints({ self: `/opt/${odd}/jrctl`, stateDir: `/srv/${odd}`, cwd: '/' })
  const typed = first.slice(0, first.indexOf(' top '))
  const ran = spawnSync(
    'sh',
    ['-c', `set -- ${typed.replace(/^JRCTL_STATE_DIR=/, '')}; printf '%s\\n' "$@"`],
    { encoding: 'utf8' },
  )
  expect(ran.stdout).toBe(`srv/${odd}\nopt/${odd}/jrctl\n`)
})

it('asks for a task that is there', () => {
  expect(hints({ added: 8 })[5]).toMatch(/ urgent 8 /)
  expect(hints({})[5]).toMatch(/ urgent 200 /)
  expect(hints({ added: 0 }).join('\n')).not.toContain('urgent')
})
