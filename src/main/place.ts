import { homedir } from 'node:os'
import type { Place } from '../config/paths.ts'
import { currentFolder } from './deleted-folder.ts'

/** Where and as whom we were called: what the search for a configuration starts from. */
export function placeOf(process: NodeJS.Process): Place {
  return { env: process.env, cwd: currentFolder(process), uid: process.getuid?.() ?? -1, home: homedir() }
}
