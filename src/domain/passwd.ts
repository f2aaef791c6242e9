/** A user of a machine, as passwd(5) tells it. */
export interface Account {
  name: string
  uid: number
  gid: number
  home: string
}

/** The entry of that very name in lines of passwd(5), null when there is none that makes sense. */
export function accountIn(passwd: string, name: string): Account | null {
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`))
  const [, , uid = '', gid = '', , home] = line?.split(':') ?? []
  if (home === undefined || !isId(uid) || !isId(gid)) return null
  return { name, uid: Number(uid), gid: Number(gid), home: home === '' ? '/' : home }
}

/** The name of who has that uid, or the uid itself. */
export function nameOfUid(passwd: string, uid: number): string {
  for (const line of passwd.split('\n')) {
    const [name, , found] = line.split(':')
    if (name !== undefined && found === String(uid)) return name
  }
  return String(uid)
}

const isId = (text: string): boolean => /^\d{1,10}$/.test(text)
