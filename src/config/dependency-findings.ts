import { findCycle, layerConflicts, layersMax } from '../domain/dependencies.ts'
import type { Dependent } from '../domain/dependencies.ts'
import { keyOf, valueAt } from './keys.ts'
import type { Path } from './keys.ts'
import type { Finding } from './problems.ts'
import { quote } from './quote.ts'
import { nearest } from './suggest.ts'

/** What is wrong with who needs whom. Works on unchecked values; a value that is refused already is left alone. */
export function dependencyFindings(raw: unknown): Finding[] {
  const workers = workersIn(raw)
  const wrong = [...unknownNames(workers, raw), ...deafReadiness(workers, raw)]
  // A circle or a layer over names that do not exist would be told twice.
  if (wrong.length > 0) return wrong
  const closed = circles(workers, raw)
  return closed.length > 0 ? closed : layers(workers, raw)
}

interface Found extends Dependent {
  path: Path
}

function workersIn(raw: unknown): Found[] {
  const tables = valueAt(raw, ['workers'])
  if (!Array.isArray(tables)) return []
  return tables.flatMap((_, index) => {
    const path = ['workers', index]
    const at = (key: string) => valueAt(raw, [...path, key])
    const [name, listed, layer] = [at('name'), at('depends_on'), at('layer')]
    if (typeof name !== 'string') return []
    const dependsOn = Array.isArray(listed) ? listed.map((one) => (typeof one === 'string' ? one : '')) : []
    return [{ path, name, dependsOn, layer: isLayer(layer) ? layer : null }]
  })
}

function isLayer(layer: unknown): layer is number {
  return typeof layer === 'number' && Number.isInteger(layer) && layer >= 1 && layer <= layersMax
}

function unknownNames(workers: readonly Found[], raw: unknown): Finding[] {
  const names = workers.map(({ name }) => name)
  return workers.flatMap(({ path, name, dependsOn }) =>
    dependsOn.flatMap((other, index): Finding[] => {
      if (other === '' || names.includes(other) || other === name) return []
      const meant = nearest(
        other,
        names.filter((one) => one !== name),
      )
      const suggestion = meant === null ? null : quote(meant)
      const message = `found ${quote(other)}, which no worker is called, allowed the names of other workers`
      return [finding([...path, 'depends_on', index], message, raw, suggestion)]
    }),
  )
}

/** Who is judged by the process alone is never known to have beaten. */
function deafReadiness(workers: readonly Found[], raw: unknown): Finding[] {
  return workers.flatMap(({ path }) => {
    const ready = valueAt(raw, [...path, 'ready'])
    const byHeartbeat = ready === 'heartbeat' || valueAt(ready, ['heartbeat']) === true
    if (!byHeartbeat || valueAt(raw, [...path, 'heartbeat']) !== 'none') return []
    return [
      finding(
        [...path, 'ready'],
        'found a heartbeat beside heartbeat = "none", allowed a port, a command, a log line or a delay',
        raw,
        null,
      ),
    ]
  })
}

function circles(workers: readonly Found[], raw: unknown): Finding[] {
  const cycle = findCycle(workers)
  const first = workers.find(({ name }) => name === cycle?.[0])
  if (cycle === null || first === undefined) return []
  const message =
    cycle.length === 2
      ? `found ${quote(first.name)} itself, allowed the names of other workers`
      : `found a circle, ${cycle.map((name) => quote(name)).join(' → ')}, allowed dependencies that end somewhere`
  const index = first.dependsOn.indexOf(cycle[1] ?? '')
  return [finding([...first.path, 'depends_on', index], message, raw, null)]
}

function layers(workers: readonly Found[], raw: unknown): Finding[] {
  return layerConflicts(workers).flatMap(({ name, layer, dependency, dependencyLayer }) => {
    const worker = workers.find((one) => one.name === name)
    if (worker === undefined) return []
    const message = `found ${layer}, allowed ${dependencyLayer} or more: it depends on ${quote(dependency)}, which boots in layer ${dependencyLayer}`
    return [finding([...worker.path, 'layer'], message, raw, null)]
  })
}

function finding(path: Path, message: string, raw: unknown, suggestion: string | null): Finding {
  // The key is that of the list; the place that of the one in it.
  const key = keyOf(typeof path.at(-1) === 'number' ? path.slice(0, -1) : path, raw)
  return { path, at: 'value', key, message, suggestion }
}
