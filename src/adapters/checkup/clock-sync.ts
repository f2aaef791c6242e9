import { foreignFunctions } from '../../system/foreign-functions.ts'

/** struct timex of adjtimex(2) has 208 bytes on 64-bit Linux; `modes` is its first word: 0 asks and changes nothing. */
const timexBytes = 208
/** What adjtimex answers while nobody keeps the clock (TIME_ERROR). */
const unsynchronised = 5

/** Whether somebody (NTP, the host of a virtual machine) keeps this machine's clock right; null: the kernel could not be asked. */
export function isClockSynchronised(): boolean | null {
  try {
    const ffi = foreignFunctions()
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, { adjtimex: { arguments: ['buffer'], return: 'i32' } })
    const state = functions.adjtimex(Buffer.alloc(timexBytes))
    return state < 0 ? null : state !== unsynchronised
  } catch {
    return null
  }
}
