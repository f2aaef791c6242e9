import { statSync } from 'node:fs'

/**
 * The environment that `systemctl --user` wants. After `su` or `sudo -u` nobody says where the account's own manager is, but it is
 * always at the same place.
 */
export function withRuntimeDir(
  env: NodeJS.ProcessEnv,
  uid: number,
  usual = `/run/user/${uid}`,
): NodeJS.ProcessEnv {
  const isThere = statSync(`${usual}/systemd`, { throwIfNoEntry: false })?.isDirectory() === true
  return env['XDG_RUNTIME_DIR'] || !isThere ? env : { ...env, XDG_RUNTIME_DIR: usual }
}
