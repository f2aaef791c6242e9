import { spawnSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jrctl, temporaryPlace } from './jrctl.ts'

/** An embedded database that was made and migrated once, for tests that are about something else than its making. */
export interface EmbeddedState {
  /** Lays it into a state folder that has none, as if it had been made there. */
  layInto(stateDir: string): Promise<void>
  remove(): Promise<void>
}

/** Of one place: the processes of a server, and the port of its first start. */
const ofOnePlace = ['server.json', 'postgres.log', 'start.lock']

export async function makeEmbeddedState(): Promise<EmbeddedState> {
  const place = await temporaryPlace()
  await writeFile(join(place.dir, 'jrctl.toml'), 'state_dir = "state"\n[queue]\nembedded = true\n')
  const { code, stderr } = await jrctl(place, ['migrate'])
  if (code !== 0) throw new Error(`no embedded database could be made: ${stderr}`)
  const made = join(place.dir, 'state/postgres')
  // Where it had to be made elsewhere, for an account of its own, it cannot be copied: each test makes its own.
  const isElsewhere = lstatSync(join(made, 'data')).isSymbolicLink()
  for (const name of ofOnePlace) await rm(join(made, name), { force: true })
  return {
    async layInto(stateDir) {
      if (isElsewhere) return
      const target = join(stateDir, 'postgres')
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      const { status, stderr: said } = spawnSync('cp', ['-a', '--reflink=auto', made, target])
      if (status !== 0) throw new Error(`the embedded database could not be copied: ${String(said)}`)
    },
    remove: () => place.remove(),
  }
}
