import { describe, expect, it } from 'vitest'
import { mountOptions } from '../../../src/adapters/parcels/mounts.ts'
import { unpackPlaces } from '../../../src/adapters/parcels/places.ts'

describe('places to unpack', () => {
  const paths = (env: Record<string, string>, uid = 1000) => unpackPlaces(env, uid).map(({ path }) => path)

  it.each([
    ['a home', { HOME: '/home/ada' }, '/home/ada/.cache/jrctl'],
    ['a cache folder', { HOME: '/home/ada', XDG_CACHE_HOME: '/fast' }, '/fast/jrctl'],
    ['a systemd unit', { HOME: '/root', CACHE_DIRECTORY: '/var/cache/jrctl:/x' }, '/var/cache/jrctl'],
    ['nothing', {}, '/var/tmp/jrctl-1000'],
    ['a relative home', { HOME: 'here' }, '/var/tmp/jrctl-1000'],
  ])('with %s begin well', (_, env, first) => expect(paths(env)[0]).toBe(first))

  it('of root may be the cache of the machine', () =>
    expect(paths({}, 0)).toEqual(['/var/cache/jrctl', '/var/tmp/jrctl-0', '/tmp/jrctl-0']))

  it('that an operator names are the only ones', () =>
    expect(unpackPlaces({ HOME: '/home/ada', JRCTL_UNPACK_DIR: '/opt/x' }, 0)).toEqual([
      { path: '/opt/x', kind: 'named' },
    ]))
})

describe('the options of a mount', () => {
  const table = [
    '21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '22 21 0:5 / /home rw,noexec,nosuid shared:2 - tmpfs tmpfs rw',
    '23 21 0:6 / /home/a\\040b rw shared:3 - tmpfs tmpfs rw',
    '24 21 0:7 / /srv rw - tmpfs tmpfs rw',
    '25 24 0:8 / /srv ro,noexec - tmpfs tmpfs rw',
    '',
  ].join('\n')
  it.each([
    ['/usr', 'rw,relatime'],
    ['/home/x', 'rw,noexec,nosuid'],
    ['/homely', 'rw,relatime'],
    ['/home/a b/c', 'rw'],
    ['/srv/x', 'ro,noexec'],
  ])('of %s', (path, options) => expect(mountOptions(table, path).join()).toBe(options))
  it('are none where there is no table', () => expect(mountOptions('', '/x')).toEqual(['']))
})
