/** Branded identifiers: a TaskId is never an InstanceId by accident. Parsed at the edge, trusted inside. */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A row of `jr_work_queue`. Postgres bigint; safe as a JS number up to 2^53. */
export type TaskId = Branded<number, 'TaskId'>
/** The name of a Jr (a type of worker), e.g. `Research Jr.`. */
export type JrName = Branded<string, 'JrName'>
/** One instance of a worker, random per spawn, so that a reused name hides no orphan. */
export type InstanceId = Branded<string, 'InstanceId'>
/** A machine's stable id. */
export type NodeId = Branded<string, 'NodeId'>
/** The integer under which an attempt writes; a later attempt's is larger, which shuts earlier writers out. */
export type Fence = Branded<number, 'Fence'>

export const taskId = (value: number): TaskId => value as TaskId
export const jrName = (value: string): JrName => value as JrName
export const instanceId = (value: string): InstanceId => value as InstanceId
export const nodeId = (value: string): NodeId => value as NodeId
export const fence = (value: number): Fence => value as Fence

/** A task id as a person types it (`42`, `#42`), or undefined. */
export function parseTaskId(text: string): TaskId | undefined {
  const match = /^#?([1-9]\d{0,15})$/.exec(text.trim())
  const value = match ? Number(match[1]) : Number.NaN
  return Number.isSafeInteger(value) ? taskId(value) : undefined
}
