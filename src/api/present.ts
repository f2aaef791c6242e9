/** The object without its undefined keys, so that "not given" and "given as undefined" are the same to the ports. */
export function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
