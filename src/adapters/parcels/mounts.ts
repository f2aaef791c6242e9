import { readFile } from 'node:fs/promises'

/** Whether programs may not be run from `path` (real, absolute) because of how it is mounted. False where nobody can tell. */
export async function isNoexec(path: string): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  return mountOptions(table, path).includes('noexec')
}

/** The options of the mount that holds `path`, by the kernel's table (proc_pid_mountinfo(5)). */
export function mountOptions(table: string, path: string): string[] {
  let found = { point: '', options: '' }
  for (const line of table.split('\n')) {
    const [, , , , point, options] = line.split(' ')
    if (point === undefined || options === undefined) continue
    const unescaped = point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    // What is mounted later lies over what was there.
    if (isWithin(path, unescaped) && unescaped.length >= found.point.length)
      found = { point: unescaped, options }
  }
  return found.options.split(',')
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}
