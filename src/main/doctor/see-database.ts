import { createDatabaseCheckup } from '../../adapters/postgres/database-checkup.ts'
import { systemRandom } from '../../adapters/random.ts'
import type { DoctorFacts } from '../../cli/local-services.ts'
import type { Policy } from '../../config/policy.ts'
import { messageOf, OperationalError, UserError } from '../../errors.ts'
import { openForLook } from '../open-for-look.ts'
import type { OpenedQueue } from '../open-queue.ts'
import type { Origin } from '../origin.ts'
import { timely } from './timely.ts'

type Seen = Omit<DoctorFacts, 'machine'>

/** For a connection, and for each statement. */
const patienceMs = 2_500
/** What is not seen by then is left out. */
const partsMs = 4_500
/** By then the server itself has answered, or is away. */
const wholeMs = 4_900
const closeMs = 300

/** The queue's database, if it is there. An absent one is what a doctor is for. */
export async function seeDatabase(policy: Policy, origin: Origin): Promise<Seen> {
  const scene: Scene = { opened: null, untilMs: origin.clock.monotonicMs() + partsMs }
  const look = await timely(origin.clock, wholeMs, () => examined(scene, policy, origin))
  const { opened } = scene
  if (opened !== null) await timely(origin.clock, closeMs, () => opened.close())
  if (look.kind === 'seen') return look.value
  return away(opened, look.why, null)
}

interface Scene {
  opened: OpenedQueue | null
  untilMs: number
}

async function examined(scene: Scene, policy: Policy, origin: Origin): Promise<Seen> {
  try {
    scene.opened = await openForLook('jrctl doctor', policy, origin, patienceMs)
    const leftMs = scene.untilMs - origin.clock.monotonicMs()
    const options = { clock: origin.clock, random: systemRandom(), wholeMs: leftMs }
    const facts = await createDatabaseCheckup(scene.opened.database, options).examine()
    return { target: scene.opened.target.describe(), database: { kind: 'seen', facts } }
  } catch (error) {
    if (error instanceof OperationalError || error instanceof UserError)
      return away(scene.opened, messageOf(error), error.hint ?? null)
    throw error
  }
}

function away(opened: OpenedQueue | null, problem: string, hint: string | null): Seen {
  return { target: opened?.target.describe() ?? null, database: { kind: 'away', problem, hint } }
}
