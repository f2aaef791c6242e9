import type { ChangeKind, ChangeType } from './change.ts'
import { cancelChange } from './cancel.ts'
import { purgeChange } from './purge.ts'
import { replayChange } from './replay.ts'
import { retryChange } from './retry.ts'
import { scheduleChange } from './schedule.ts'
import { passChange } from './run-once.ts'
import { switchChange } from './switch.ts'
import { urgentChange } from './urgent.ts'
import { workerChange } from './worker.ts'

/** Each kind of change. */
export const types: { [Kind in ChangeKind]: ChangeType<Kind> } = {
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
