import type { Database } from '../../../../src/adapters/postgres/connect.ts'

export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

/** The plan as it was carried out; what it changed is undone. */
export async function explain(
  db: Database,
  statement: string,
  values: readonly unknown[],
): Promise<PlanNode> {
  let root: PlanNode | undefined
  const undo = new Error('undone')
  await db
    .transaction(async (tx) => {
      const [row] = await tx.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        `explain (analyze, buffers, timing off, format json) ${statement}`,
        values,
      )
      root = row?.['QUERY PLAN'][0]?.Plan
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo && !(error instanceof Error && error.cause === undo)) throw error
    })
  if (root === undefined) throw new Error('no plan')
  return root
}

export function nodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodes)]
}

export function scansOf(plan: PlanNode, type: string, relation: string): PlanNode[] {
  return nodes(plan).filter((node) => node['Node Type'] === type && node['Relation Name'] === relation)
}

export function buffersOf(plan: PlanNode): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
}
