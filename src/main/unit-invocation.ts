/** The id that systemd gives each start of a unit (systemd.exec(5), INVOCATION_ID): 32 hex digits; undefined: it did not start us. */
export function invocationIn(env: NodeJS.ProcessEnv): string | undefined {
  const id = env['INVOCATION_ID']
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) ? id : undefined
}
