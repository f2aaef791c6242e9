import type { Nodes } from '../../ports/nodes.ts'
import type { Database } from './connect.ts'
import { beatNode } from './sql/beat-node.ts'
import { declareAcceptances } from './sql/declare-acceptances.ts'
import { joinNode } from './sql/join-node.ts'
import { leaveNode } from './sql/leave-node.ts'
import { nodes } from './sql/nodes.ts'

/** The fleet's machines as rows of `jr_nodes`. */
export function createNodes(db: Database): Nodes {
  return {
    join: (node) => joinNode(db, node),
    beat: (member, node) => beatNode(db, member, node),
    declare: (member, statements) => declareAcceptances(db, member, statements),
    leave: (member) => leaveNode(db, member),
    list: () => nodes(db),
  }
}
