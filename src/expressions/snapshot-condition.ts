import { Environment, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { Snapshot } from '../domain/cycle/snapshot.ts'
import type { SnapshotCondition } from '../domain/cycle/rules/own.ts'
import { celLimits, compileCel, withLinearMatches } from './cel.ts'
import { plainVariables, sections, spans, typeNames, types } from './snapshot-fields.ts'
import type { Fields, FieldType, TypeName } from './snapshot-fields.ts'

/** A condition on a snapshot in CEL, by the names of its JSON, compiled; or why it is none. */
export type CompiledSnapshotCondition =
  | { kind: 'condition'; holds: SnapshotCondition }
  | { kind: 'invalid'; reason: string; unknown: UnknownName | null }

/** A name that is not there, and those that are. */
export interface UnknownName {
  name: string
  /** Of what it was to be a part: `jobs`, `Task`; '': of the snapshot itself. */
  within: string
  allowed: readonly string[]
  /** Where there is one by that very name; null: nowhere, or in several places. */
  elsewhere: string | null
}

/** What a condition may name at its top, for messages. */
export const snapshotNames: readonly string[] = [
  ...Object.keys(sections),
  ...Object.keys(plainVariables),
  ...Object.keys(spans),
]

export function compileSnapshotCondition(text: string): CompiledSnapshotCondition {
  const compiled = compileCel(text, environment(), variablesOf)
  if (compiled.kind === 'condition') return { kind: 'condition', holds: compiled.holds }
  return { kind: 'invalid', reason: compiled.reason, unknown: unknownName(compiled.error) }
}

/** Types and names are the same for all conditions, and made with the first. */
let shared: Environment | undefined

function environment(): Environment {
  shared ??= createEnvironment()
  return shared
}

function createEnvironment(): Environment {
  const made = withLinearMatches(new Environment({ limits: celLimits }))
  for (const name of typeNames)
    made.registerType(name, { ctor: viewers[name], fields: celFields(types[name]) })
  for (const name of sectionNames) {
    made.registerType(typeOf(name), { ctor: sectionViewers[name], fields: celFields(sections[name]) })
    made.registerVariable(name, typeOf(name))
  }
  for (const [name, type] of Object.entries(plainVariables)) made.registerVariable(name, type)
  for (const [name, ms] of Object.entries(spans)) made.registerConstant(name, 'int', BigInt(ms))
  mixNumbers(made)
  return made
}

/**
 * CEL compares whole numbers with others by size, but does not add them or call them equal. Whoever writes `takenAt + 2 * hour`, or
 * `budget == 50`, means it.
 */
function mixNumbers(made: Environment): void {
  made.registerOperator('double == int', (one: number, other: bigint) => one === Number(other))
  for (const [operator, calculate] of Object.entries(calculations)) {
    made.registerOperator(`double ${operator} int: double`, (one: number, other: bigint) =>
      calculate(one, Number(other)),
    )
    made.registerOperator(`int ${operator} double: double`, (one: bigint, other: number) =>
      calculate(Number(one), other),
    )
  }
}

const calculations: Record<string, (one: number, other: number) => number> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
}

type SectionName = keyof typeof sections
const sectionNames = Object.keys(sections) as SectionName[]

/** `jobs` → `Jobs`: a type may not have a variable's name. */
function typeOf(section: SectionName): string {
  return section.charAt(0).toUpperCase() + section.slice(1)
}

function celFields(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, celType(type)]))
}

function celType(type: FieldType): string {
  if (type === 'strings') return 'list<string>'
  return type.startsWith('list:') ? `list<${type.slice('list:'.length)}>` : type
}

/** What CEL sees of one object of a snapshot: fields become CEL's when they are asked for. There are thousands; a condition asks for two. */
type Viewer = new (data: object) => object

function viewerOf(fields: Fields): Viewer {
  class View {
    readonly data: Readonly<Record<string, unknown>>
    /** What was asked for already: twenty conditions look at the same lists. */
    readonly made = new Map<string, unknown>()
    constructor(data: object) {
      this.data = data as Readonly<Record<string, unknown>>
    }
  }
  for (const [name, type] of Object.entries(fields)) {
    Object.defineProperty(View.prototype, name, {
      get(this: View) {
        const made = this.made.get(name) ?? celValue(this.data[name], type)
        if (typeof made === 'object') this.made.set(name, made)
        return made
      },
    })
  }
  return View
}

const viewers = Object.fromEntries(typeNames.map((name) => [name, viewerOf(types[name])])) as Record<
  TypeName,
  Viewer
>
const sectionViewers = Object.fromEntries(
  sectionNames.map((name) => [name, viewerOf(sections[name])]),
) as Record<SectionName, Viewer>

/** CEL's integers are BigInts here. */
function celValue(value: unknown, type: FieldType): unknown {
  if (type in plainValues) return plainValues[type as PlainType](value)
  return viewed(value, type as TypeName | `list:${TypeName}`)
}

type PlainType = Exclude<FieldType, TypeName | `list:${TypeName}`>

const plainValues: Record<PlainType, (value: unknown) => unknown> = {
  int: (value) => (typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.round(value)) : 0n),
  double: (value) => (typeof value === 'number' ? value : Number.NaN),
  string: (value) => (typeof value === 'string' ? value : ''),
  bool: (value) => value === true,
  strings: (value) => (Array.isArray(value) ? value : []),
}

function viewed(value: unknown, type: TypeName | `list:${TypeName}`): unknown {
  if (!type.startsWith('list:')) return view(value, type as TypeName)
  const name = type.slice('list:'.length) as TypeName
  return Array.isArray(value) ? value.map((item) => view(item, name)) : []
}

function view(value: unknown, name: TypeName): object {
  return new viewers[name](typeof value === 'object' && value !== null ? value : {})
}

/** As long as a snapshot is held: all conditions are asked about one, then about the next. */
const variables = new WeakMap<Snapshot, Record<string, unknown>>()

function variablesOf(snapshot: Snapshot): Record<string, unknown> {
  const known = variables.get(snapshot) ?? makeVariables(snapshot)
  variables.set(snapshot, known)
  return known
}

function makeVariables(snapshot: Snapshot): Record<string, unknown> {
  const views = sectionNames.map((name) => [name, new sectionViewers[name](snapshot[name])])
  return {
    ...Object.fromEntries(views),
    takenAt: celValue(snapshot.takenAt, plainVariables.takenAt),
    nodeId: celValue(snapshot.nodeId, plainVariables.nodeId),
  }
}

/** The name at which the checker stopped, where that is what it stopped at. */
function unknownName(error: unknown): UnknownName | null {
  if (!(error instanceof CelTypeError)) return null
  const { code, node } = error
  if (code === 'unknown_variable' && node?.op === 'id')
    return {
      name: node.args,
      within: '',
      allowed: snapshotNames,
      elsewhere: sectionWith(node.args),
    }
  if (code !== 'no_such_key' || node?.op !== '.') return null
  const [left, name] = node.args as [{ checkedType?: { name: string } }, string]
  return { name, ...whereabouts(left.checkedType?.name ?? ''), elsewhere: sectionWith(name) }
}

function whereabouts(type: string): Pick<UnknownName, 'within' | 'allowed'> {
  const section = sectionNames.find((name) => typeOf(name) === type)
  if (section !== undefined) return { within: section, allowed: Object.keys(sections[section]) }
  const named = typeNames.find((name) => name === type)
  return { within: type, allowed: named === undefined ? [] : Object.keys(types[named]) }
}

function sectionWith(field: string): string | null {
  const places = sectionNames.filter((name) => Object.hasOwn(sections[name], field))
  return places.length === 1 ? `${places[0]}.${field}` : null
}
