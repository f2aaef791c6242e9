import { expect, it } from 'vitest'
import { whyNotPurged } from '../../../src/domain/install/purge.ts'

it.each([
  '/var/lib/jrctl',
  '/home/jr/.local/state/jrctl',
  '/srv/fleet/.jrctl',
  '/srv/jrctl-state',
  '/var/log/jrctl',
])('deletes %s', (path) => {
  expect(whyNotPurged(path, '/home/jr')).toBeNull()
})

it.each(['/', '/var', '/jrctl', '/home/jr', '/var/log', '/ganuda/logs', '/home', '/srv/jrctlish'])(
  'spares %s',
  (path) => {
    expect(whyNotPurged(path, '/home/jr')).not.toBeNull()
  },
)
