import { documentOf } from '../domain/task-document.ts'
import type { Claimed } from '../ports/task-queue.ts'

/** The task as its command reads it on stdin: one JSON document on one line. */
export function taskDocument(claimed: Claimed): string {
  return JSON.stringify(documentOf(claimed))
}
