import type { WorkerState, WorkerView } from '../../../src/domain/worker.ts'
import { age, bytes } from '../../../src/text/format.ts'
import { type Column, type TableRow, noneLike, tableLines, wideColumns } from '../../components/table.ts'
import { tableHeight } from '../../layout.ts'
import type { Line, Role } from '../../line.ts'
import type { AppState, Size } from '../../state.ts'
import { shownWorkers, workerId, workerLabel } from './state.ts'

/** At 80 columns a whole name is worth more than the longest states, which the line below the table explains. */
const columns = ({ columns: width }: Size): Column[] => [
  { title: 'WORKER', width: 0, flexible: true },
  { title: 'STATE', width: width >= wideColumns ? 19 : 12 },
  { title: 'PID', width: 7, align: 'right', fromColumns: 72 },
  { title: 'UP', width: 6, align: 'right' },
  { title: 'RESTARTS', width: 8, align: 'right', fromColumns: 60 },
  { title: 'BEAT', width: 6, align: 'right' },
  { title: 'MEMORY', width: 8, align: 'right', fromColumns: 50 },
  { title: 'P95', width: 6, align: 'right', fromColumns: wideColumns },
]

/** Green works, yellow is on its way, red needs somebody, dim is meant to rest. */
const roles: Record<WorkerState, Role> = {
  stopped: 'dim',
  starting: 'warn',
  running: 'good',
  stopping: 'warn',
  backoff: 'warn',
  paused: 'dim',
  disabled_by_failure: 'bad',
  disabled_by_memory: 'bad',
  error: 'bad',
  timeout: 'bad',
  missing: 'bad',
}

export function workerLines(state: AppState): Line[] {
  const workers = shownWorkers(state)
  if (state.status.view.workers.length === 0) return [[], ['  No worker is configured.']]
  if (workers.length === 0) return noneLike(state)
  return tableLines(columns(state.size), workers, (worker) => rowOf(worker, state.status.at.wallMs), {
    list: state.lists.workers,
    size: state.size,
    height: tableHeight(state.size),
  })
}

/** `345 ms`, `12 s`, `3 min`. */
function latency(ms: number): string {
  return ms < 1000 ? `${ms} ms` : age(ms)
}

function rowOf(worker: WorkerView, nowMs: number): TableRow {
  const alive = worker.state === 'running' || worker.state === 'stopping'
  return {
    id: workerId(worker),
    cells: [
      workerLabel(worker),
      { text: worker.state, role: roles[worker.state] },
      worker.pid === null ? '–' : String(worker.pid),
      alive && worker.startedAt !== null ? age(nowMs - worker.startedAt) : '–',
      String(worker.restarts),
      worker.heartbeatAgeMs === null ? '–' : age(worker.heartbeatAgeMs),
      worker.rssBytes === null ? '–' : bytes(worker.rssBytes),
      worker.p95Ms == null ? '–' : latency(worker.p95Ms),
    ],
  }
}
