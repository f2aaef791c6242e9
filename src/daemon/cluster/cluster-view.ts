import type { ClusterView, NodeView } from '../../contract/views.ts'
import type { ClusterDuties } from '../../ports/cluster-duties.ts'
import type { Leadership } from '../../ports/leadership.ts'
import type { NodePresence, Nodes } from '../../ports/nodes.ts'

/** More waiting tasks than this are many. */
const countedMax = 10_000
/** More names than these are not told. */
const unseenMax = 20
/** Nodes beat every 10 s; three that did not come are a silence. */
const silentAfterMs = 30_000
/** A node that ended or fell silent is shown for so long. */
const shownMs = 86_400_000

/** The fleet as this node sees it; five small reads. */
export async function readCluster(
  { nodes, leadership, duties }: { nodes: Nodes; leadership: Leadership; duties: ClusterDuties },
  offlineAfterMs: number,
): Promise<ClusterView> {
  const [known, leader, unassigned, online, unseen] = await Promise.all([
    nodes.list(),
    leadership.leader(),
    duties.countUnassigned(countedMax),
    duties.onlineJrs(offlineAfterMs),
    duties.unseenJrs(unseenMax, countedMax),
  ])
  return {
    leader: leader === null ? null : { nodeId: leader.nodeId, term: leader.term, since: leader.since },
    nodes: known.filter(({ lastSeenAgeMs }) => lastSeenAgeMs < shownMs).map(viewOf),
    unassigned,
    onlineJrs: online.length,
    unseen: unseen.map(({ jrName: jr, tasks }) => ({ jr, tasks })),
  }
}

function viewOf({ nodeId, epoch, host, version, startedAt, lastSeenAgeMs, ended }: NodePresence): NodeView {
  const state = ended ? 'ended' : lastSeenAgeMs > silentAfterMs ? 'silent' : 'there'
  return { nodeId, epoch, host, version, startedAt, lastSeenAgeMs, state }
}
