import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { importantFiles, needsOf } from '../../src/main/doctor/policy-facts.ts'
import { policyOf } from '../daemon/policy.ts'

it('looks at the passwords of an embedded database, too: its folder may be open', () => {
  const paths = importantFiles(policyOf(), null).map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['/state/postgres/password', '/state/postgres/admin-password']),
  )
})

it('looks at the environment file of the units, which holds passwords', () => {
  expect(importantFiles(policyOf(), null, '/etc/jrctl/environment')).toContainEqual({
    kind: 'private',
    what: 'the environment file of the installed units',
    path: '/etc/jrctl/environment',
  })
})

it('knows that units keep the limits of workers that systemd runs', () => {
  const policy = policyOf()
  expect(needsOf(policy, false).byUnits).toBe(false)
  expect(needsOf(policy, true).byUnits).toBe(true)
})

// The zone is the process's own, which is asked for once: each in a process of its own.
it.each([
  ['Europe/Zurich', { timezone: 'Europe/Zurich', asked: 'Europe/Zurich', source: 'TZ' }],
  ['Nowhere/Foo', { timezone: null, asked: 'Nowhere/Foo', source: 'TZ' }],
  ['', { timezone: 'UTC', asked: '', source: 'TZ' }],
])('sees the zone that TZ=%s asks for', (zone, seen) => {
  const facts = new URL('../../src/main/doctor/policy-facts.ts', import.meta.url).href
  const ask = `const { schedulesOf } = await import(${JSON.stringify(facts)})
    console.log(JSON.stringify(schedulesOf({ workers: [], windows: [] }, process.env)))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', ask], {
    env: { ...process.env, TZ: zone },
    encoding: 'utf8',
  })
  expect(JSON.parse(said)).toEqual({ ...seen, byHost: [] })
})
