import { describe, expect, it } from 'vitest'
import {
  forgottenCopy,
  placeProgram,
  type ProgramSeen,
  type ProgramWish,
  whyCopyAsked,
} from '../../../src/domain/install/program-place.ts'

const seen: ProgramSeen = {
  path: '/opt/jrctl/jrctl',
  isPackaged: true,
  isElsewhere: false,
  isNoexec: false,
  barrier: null,
}
const wish: ProgramWish = {
  scope: 'system',
  account: 'jr',
  isHardened: false,
  target: '/usr/local/bin/jrctl',
  copyAsked: null,
  installedCopy: null,
}
const place = (one: Partial<ProgramSeen>, other: Partial<ProgramWish> = {}) =>
  placeProgram({ ...seen, ...one }, { ...wish, ...other })

describe('where the program of the units lies', () => {
  it('stays where it lasts and may be run', () => {
    expect(place({})).toEqual({ kind: 'stay', path: seen.path })
    expect(place({ path: '/opt/jrctl/bin/jrctl', isPackaged: false }).kind).toBe('stay')
  })

  it('stays when it is where a copy would go, whatever else is said', () => {
    expect(place({ path: wish.target }, { copyAsked: 'as asked' }).kind).toBe('stay')
  })

  it('is copied into another root also from where it lies here by the same name', () => {
    const why = 'the units in /mnt start the one there'
    expect(place({ path: wish.target, isElsewhere: true }, { copyAsked: why })).toMatchObject({
      kind: 'copy',
      from: wish.target,
      path: wish.target,
    })
  })

  it.each([
    ['where nothing may be run', { isNoexec: true }, {}, 'its disk is mounted noexec'],
    ['of a home that is closed', { barrier: '/root' }, {}, 'jr may not enter /root'],
    [
      'of a home that a sandbox hides',
      { path: '/home/jr/jrctl' },
      { isHardened: true },
      'a hardened unit sees nothing of /home',
    ],
    ['that somebody wants elsewhere', {}, { copyAsked: 'as asked' }, 'as asked'],
  ] as const)('is a copy: %s', (_, one, other, why) => {
    expect(place(one, other)).toMatchObject({ kind: 'copy', path: wish.target, why })
    const checkout = place({ ...one, isPackaged: false }, other)
    expect(checkout).toMatchObject({ kind: 'refused', hint: expect.stringContaining('npm run package') })
  })

  it.each([
    ['of a temporary folder', { path: '/tmp/x/jrctl' }, 'what lies in /tmp does not last'],
    ['of what goes with the login', { path: '/run/user/1000/jrctl' }, 'what lies in /run does not last'],
  ] as const)('is a copy, or doubted where it is a checkout: %s', (_, one, why) => {
    expect(place(one)).toMatchObject({ kind: 'copy', path: wish.target, why })
    const doubt = expect.stringContaining(why)
    expect(place({ ...one, isPackaged: false })).toEqual({ kind: 'stay', path: one.path, doubt })
    expect(place({ ...one, isPackaged: false, isNoexec: true }).kind).toBe('refused')
  })

  it('may lie in a home for units of its own account', () => {
    expect(place({ path: '/home/jr/bin/jrctl', barrier: '/home/jr' }, { scope: 'user' }).kind).toBe('stay')
  })

  it('is copied as asked where somebody did, and into an image that has none for its units', () => {
    const why = (prefix: string | undefined, root: string, isInImage = false) =>
      whyCopyAsked({ prefix, root, isInImage })
    expect([why('/srv', ''), why('/srv', '/image')]).toEqual(['as asked', 'as asked'])
    expect(why(undefined, '/image')).toBe('the units in /image start the one there')
    expect([why(undefined, ''), why(undefined, '/image', true)]).toEqual([null, null])
  })

  describe('where a copy of ours is installed', () => {
    const installed = { installedCopy: wish.target }
    const forgotten = (one: Partial<ProgramSeen>, other: Partial<ProgramWish>) =>
      forgottenCopy({ ...wish, ...other }, place(one, other))

    it('is that of the copy, for a new version that could stay where it is', () => {
      expect(place({}, installed)).toEqual({
        kind: 'copy',
        from: seen.path,
        path: wish.target,
        why: 'it takes the place of the copy before',
      })
      expect(place({}, { installedCopy: '/srv/bin/jrctl' })).toMatchObject({ path: '/srv/bin/jrctl' })
      expect(forgotten({}, installed)).toBeNull()
    })

    it('stays when it is the copy itself, or a checkout', () => {
      expect(place({ path: '/srv/bin/jrctl' }, { installedCopy: '/srv/bin/jrctl' }).kind).toBe('stay')
      expect(place({ isPackaged: false }, installed).kind).toBe('stay')
    })

    it('is where somebody asks for, or the units can see it', () => {
      const elsewhere = { installedCopy: '/home/jr/bin/jrctl' }
      expect(place({}, { ...elsewhere, copyAsked: 'as asked' })).toMatchObject({
        path: wish.target,
        why: 'as asked',
      })
      expect(place({}, { ...elsewhere, isHardened: true }).kind).toBe('stay')
    })

    it('is told of when nothing starts it any more', () => {
      expect(forgotten({ isPackaged: false }, installed)).toContain('rm /usr/local/bin/jrctl')
      expect(forgotten({}, { installedCopy: '/srv/bin/jrctl', copyAsked: 'as asked' })).toContain(
        'rm /srv/bin/jrctl',
      )
      expect(forgotten({ isPackaged: false, isNoexec: true }, installed)).toBeNull()
    })
  })
})
