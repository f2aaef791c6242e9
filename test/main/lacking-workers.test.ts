import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import { lackingWorkers } from '../../src/main/lacking-workers.ts'
import { sandbox } from '../config/fixture.ts'

test('tells what a worker lacks to be started here, and nothing of one that lacks nothing', async () => {
  using box = sandbox()
  const toml = `
    [[workers]]
    name = "No program"
    command = ["nonesuch-of-jrctl"]
    [[workers]]
    name = "No folder"
    command = ["sh"]
    cwd = "/nowhere/of/jrctl"
    [[workers]]
    name = "No account"
    command = ["jrctl", "work", "No account", "--", "true"]
    user = "nonesuch-of-jrctl"
    [[workers]]
    name = "Fine"
    command = ["jrctl", "work", "Fine", "--", "true"]
  `
  const { policy } = await loadPolicy({ ...box.options, path: box.write('f.toml', toml) })
  expect(await lackingWorkers(policy, { PATH: '/usr/bin:/bin' })).toEqual([
    expect.stringMatching(
      /^the worker "No program" could not be started here: no such program: .*; install it/,
    ),
    expect.stringMatching(
      /^the worker "No folder" could not .*: \/nowhere\/of\/jrctl; create it or correct cwd/,
    ),
    expect.stringMatching(/^the worker "No account" could not .*: there is no account nonesuch-of-jrctl/),
  ])
})
