/**
 * Node's foreign functions (`node:ffi`, experimental, of 26.1; within a single executable too), by which the C library is called for
 * what Node itself has no call for; undefined where this Node has none.
 */
export function foreignFunctions() {
  return quietly(() => process.getBuiltinModule('node:ffi'))
}

/** That it is experimental is our decision and not our user's concern. */
function quietly<T>(load: () => T): T {
  const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning')
  process.emitWarning = () => {}
  try {
    return load()
  } finally {
    if (warn !== undefined) Object.defineProperty(process, 'emitWarning', warn)
  }
}
