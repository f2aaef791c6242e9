import { chmodSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder for its owner alone; one that is there is left as it is. What is missing on the way to it is made for all to pass,
 * whatever the umask: in a bare root that is `/var` and `/var/lib`, which are nobody's alone.
 */
export function makePrivateFolder(path: string): void {
  const whole = resolve(path)
  const first = mkdirSync(whole, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let above = dirname(whole); above.length >= first.length; above = dirname(above))
    chmodSync(above, 0o755)
}
