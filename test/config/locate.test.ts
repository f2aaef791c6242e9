import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import { locateSocket } from '../../src/config/locate.ts'
import { sandbox } from './fixture.ts'

const path = fc.constantFrom('/a', 'rel/ative', '~/home', '~', `/${'l'.repeat(90)}`, `deep/${'d'.repeat(80)}`)
const badPath = fc.constantFrom('"~joe"', '""', '7', '[]', `"/${'x'.repeat(200)}"`, String.raw`"a\u0007"`)
const written = fc.option(
  fc.oneof({ weight: 5, arbitrary: path.map((text) => JSON.stringify(text)) }, badPath),
)
const variable = fc.option(fc.oneof(path, fc.constantFrom('', '~joe')), { nil: undefined })

const situation = fc.record({
  stateDir: written,
  socket: written,
  fleet: fc.boolean(),
  place: fc.constantFrom('argument', 'here', 'none'),
  argument: fc.option(path, { nil: undefined }),
  env: fc.record({
    JRCTL_STATE_DIR: variable,
    JRCTL_API_SOCKET: variable,
    XDG_STATE_HOME: fc.constantFrom(undefined, '/xdg', 'relative'),
    STATE_DIRECTORY: fc.constantFrom(undefined, '/sd:/other'),
  }),
})

describe('the fast path to the socket', () => {
  test('agrees with the full check, also on what is wrong', async () => {
    using box = sandbox()
    await fc.assert(
      fc.asyncProperty(situation, async ({ stateDir, socket, fleet, place, argument, env }) => {
        const toml = `${stateDir === null ? '' : `state_dir = ${stateDir}\n`}[api]\n${socket === null ? '' : `socket = ${socket}\n`}`
        const file =
          place === 'none' ? undefined : box.write(place === 'here' ? 'work/jrctl.toml' : 'a/c.toml', toml)
        const fleetFile = fleet ? box.write('work/.jrctl/fleet.json', '{"config": null}') : undefined
        const configPath = place === 'argument' ? join(box.root, 'a/c.toml') : undefined
        const options = { ...box.options, env, stateDirOverride: argument }
        const full = await loadPolicy({ ...options, path: configPath }).then(
          (loaded) => ({
            socket: loaded.policy.api.socket,
            stateDir: loaded.policy.stateDir,
            configPath: loaded.path,
          }),
          String,
        )
        const fast = await locateSocket({ ...options, configPath }).catch(String)
        for (const made of [file, fleetFile]) if (made !== undefined) box.remove(made)
        expect(fast).toEqual(full)
      }),
      { numRuns: 200 },
    )
  })

  test('does not mind mistakes in keys that it does not need', async () => {
    using box = sandbox()
    const configPath = box.write('c.toml', 'state_dir = "/s"\n[queue]\nlease = 1\nnonsense = 2\n')
    expect(await locateSocket({ ...box.options, configPath })).toEqual({
      socket: '/s/jrctl.sock',
      stateDir: '/s',
      configPath,
    })
  })

  test('finds the daemon above the line that breaks the file, and tells of the line', async () => {
    using box = sandbox()
    const configPath = box.write('c.toml', 'state_dir = "/s"\n[[workers]]\nname = "A"\nnonsense\n')
    expect(await locateSocket({ ...box.options, configPath })).toEqual({
      socket: '/s/jrctl.sock',
      stateDir: '/s',
      configPath,
      mistake: expect.stringContaining('c.toml:4') as string,
    })
  })

  test.each(['state_dir = "/s', '[api]\nsocket = /s', 'nonsense\nstate_dir = "/s"'])(
    'guesses nothing where the mistake is at or before what decides: %j',
    async (toml) => {
      using box = sandbox()
      const configPath = box.write('c.toml', `${toml}\n`)
      await expect(locateSocket({ ...box.options, configPath })).rejects.toThrow(/broken TOML/)
    },
  )

  test('inside a worker is what the worker was told, unless a file is named', async () => {
    using box = sandbox()
    const options = { ...box.options, env: { JRCTL_SOCKET: '/worker.sock' } }
    expect(await locateSocket(options)).toEqual({ socket: '/worker.sock', stateDir: null, configPath: null })
    const configPath = box.write('c.toml', 'state_dir = "/s"\n')
    expect(await locateSocket({ ...options, configPath })).toMatchObject({ socket: '/s/jrctl.sock' })
  })
})

/** The packages and built-in modules that a source file loads at once, directly or through others. */
function loadedWith(file: URL, seen = new Set<string>()): Set<string> {
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type ).*? from '(?<from>[^']+)'/gms,
  )
  for (const { groups } of imports) {
    const from = groups?.['from'] ?? ''
    const next = new URL(from, file)
    if (seen.has(from.startsWith('.') ? next.href : from)) continue
    seen.add(from.startsWith('.') ? next.href : from)
    if (from.startsWith('.')) loadedWith(next, seen)
  }
  return seen
}

test('the fast path loads neither the schema nor anything else that is slow', () => {
  const loaded = loadedWith(new URL('../../src/config/locate.ts', import.meta.url))
  expect([...loaded].filter((name) => !name.startsWith('file:')).sort()).toEqual([
    'node:fs',
    'node:path',
    'smol-toml',
  ])
})
