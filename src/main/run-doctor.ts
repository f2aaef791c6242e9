import type { ConfigurationFacts, InstallationFacts } from '../cli/doctor/machine-facts.ts'
import type { DoctorFacts } from '../cli/local-services.ts'
import type { LoadedPolicy } from '../config/load.ts'
import { messageOf, UserError } from '../errors.ts'
import { seeDatabase } from './doctor/see-database.ts'
import { seeMachine } from './doctor/see-machine.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { loadConfig } from './read-config.ts'
import { socketFolderWarnings } from './socket-folder.ts'

/** `jrctl doctor`: looks at database and machine side by side; what is out of reach or wrong is a finding. */
export async function runDoctor(origin: Origin): Promise<DoctorFacts> {
  const { loaded, configuration } = await readConfiguration(origin)
  const [database, machine] = await Promise.all([
    loaded === null ? unasked : seeDatabase(loaded.policy, origin),
    seeMachine({ loaded, configuration }, origin),
  ])
  return { ...database, machine: { ...machine, installation: installationFacts(origin) } }
}

const unasked: Omit<DoctorFacts, 'machine'> = {
  target: null,
  database: { kind: 'unasked', why: 'not known: the configuration, which may name it, cannot be read' },
}

/** Of the environment file's variables only how many: they are secrets. */
function installationFacts({ installed }: Origin): InstallationFacts | null {
  if (installed?.kind !== 'joined') return installed ?? null
  const { places, taken } = installed
  const variables = Object.keys(taken).filter((name) => places[name] === undefined).length
  const { kind, record, environmentFile, unread } = installed
  return { kind, record, places, variables, environmentFile, unread }
}

/** A mistake in it is one more finding: the machine is looked at all the same. */
async function readConfiguration(
  origin: Origin,
): Promise<{ loaded: LoadedPolicy | null; configuration: ConfigurationFacts }> {
  try {
    const loaded = await loadConfig(origin)
    const { path, policy } = loaded
    const folder = socketFolderWarnings(policy.api.socket, placeOf(origin.process).uid)
    return { loaded, configuration: { kind: 'read', path, warnings: [...loaded.warnings, ...folder] } }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return {
      loaded: null,
      configuration: { kind: 'wrong', problem: messageOf(error), hint: error.hint ?? null },
    }
  }
}
