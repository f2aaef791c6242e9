import { describe, expect, it } from 'vitest'
import { isSameWork } from '../../../src/domain/install/same-work.ts'
import type { InstallStep } from '../../../src/domain/install/step.ts'

const tree = (bytes: number): InstallStep => ({ kind: 'remove_tree', path: '/a', what: 'logs', bytes })
const remove = (path: string): InstallStep => ({ kind: 'remove_file', path, keepOld: false })
const start: InstallStep = { kind: 'start', unit: 'a.service', isRestart: false, why: null, work: null }

describe('the same work', () => {
  it.each([
    ['nothing', [], []],
    ['the same files', [remove('/a')], [remove('/a')]],
    ['another state of what runs', [remove('/a'), start], [remove('/a')]],
    ['a folder that has grown', [tree(1)], [tree(2)]],
  ])('%s', (_, one, other) => {
    expect(isSameWork(one, other)).toBe(true)
  })

  it.each([
    ['another file', [remove('/a')], [remove('/b')]],
    ['a file that is done already', [remove('/a')], []],
    [
      'another owner',
      [{ kind: 'remove_file', path: '/a', keepOld: true } as const],
      [{ kind: 'remove_file', path: '/a', keepOld: false } as const],
    ],
  ])('not %s', (_, one, other) => {
    expect(isSameWork(one, other)).toBe(false)
  })
})
