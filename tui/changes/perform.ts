import type { ApiClient } from '../../src/client/client.ts'
import type { Change, ChangeKind, ChangeType, Outcome } from './change.ts'
import { cancelChange } from './cancel.ts'
import { purgeChange } from './purge.ts'
import { replayChange } from './replay.ts'
import { retryChange } from './retry.ts'
import { scheduleChange } from './schedule.ts'
import { passChange } from './run-once.ts'
import { switchChange } from './switch.ts'
import { urgentChange } from './urgent.ts'
import { workerChange } from './worker.ts'

const types: { [Kind in ChangeKind]: ChangeType<Kind> } = {
  urgent: urgentChange,
  worker: workerChange,
  cancel: cancelChange,
  retry: retryChange,
  schedule: scheduleChange,
  replay: replayChange,
  purge: purgeChange,
  switch: switchChange,
  pass: passChange,
}

/** Asks the daemon for it. Throws what the daemon answers instead. */
export async function perform(
  client: Pick<ApiClient, 'call'>,
  change: Change,
  signal: AbortSignal,
): Promise<Outcome> {
  const type: ChangeType<ChangeKind> = types[change.kind]
  return { ...(await type.do(client, change, signal)), change }
}
