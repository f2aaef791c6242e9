import { expect, it, vi } from 'vitest'
import { foreignFunctions } from '../../src/system/foreign-functions.ts'

it('calls the C library, and says nothing of being experimental', () => {
  const warned = vi.spyOn(process, 'emitWarning')
  const ffi = foreignFunctions()
  expect(Object.is(process['emitWarning'], warned)).toBe(true)
  expect(warned).not.toHaveBeenCalled()
  const { functions } = ffi?.dlopen(null, { getpid: { arguments: [], return: 'i32' } }) ?? {}
  expect(functions?.getpid()).toBe(process.pid)
})
