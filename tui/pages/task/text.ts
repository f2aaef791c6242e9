import type { TaskDetailView, WhyView } from '../../../src/contract/outputs.ts'
import type { Reason } from '../../../src/domain/why/reason.ts'
import { safe } from '../../../src/text/fit.ts'
import { errorTitle, statusMore, taskFacts } from '../../../src/text/task-facts.ts'
import type { Line, Role } from '../../line.ts'
import { statusRoles } from '../../screens/tasks/standing.ts'
import { attemptLines } from '../attempts.ts'
import { field, marked, section } from '../field.ts'
import { jsonText } from '../json-text.ts'
import { remembered } from '../remembered.ts'

/** The page as lines of at most `columns` cells: all that `jrctl tasks show` and `jrctl why` tell. */
export function taskText(
  view: TaskDetailView,
  why: WhyView | undefined,
  columns: number,
  nowMs: number,
): Line[] {
  const { task, attempts, finishedBy, campaignName } = view
  const known = { finishedBy: finishedBy ?? null, campaignName: campaignName ?? null }
  return [
    ...marked(`Task ${task.id}  `, safe(task.title), columns, 'title'),
    ...field('status', task.status + statusMore(task), columns, statusRoles[task.status] ?? undefined),
    [],
    ...(why === undefined
      ? [['  Asking why …']]
      : why.reasons.flatMap((reason) => reasonLines(reason, columns))),
    [],
    ...taskFacts(task, known, nowMs).flatMap(([name, value]) => field(name, value, columns)),
    ...texts(view, columns),
    ...attemptLines(attempts, columns, nowMs),
    ...result(view, columns),
  ]
}

const texts = remembered(({ task }: TaskDetailView, columns) => [
  ...section(errorTitle(task), task.error, columns),
  ...section('Description', task.description, columns),
])

const result = remembered(({ task }: TaskDetailView, columns) =>
  section('Result', jsonText(task.result), columns),
)

const marks = { standing: '  ', blocks: '! ', tells: '· ' } as const
const roles = { standing: 'title', blocks: 'warn', tells: undefined } as const satisfies Record<
  Reason['weight'],
  Role | undefined
>

function reasonLines({ weight, sentence, next }: Reason, columns: number): Line[] {
  const steps = next === null ? [] : marked('    → ', next, columns, 'dim')
  return [...marked(marks[weight], sentence, columns, roles[weight]), ...steps]
}
