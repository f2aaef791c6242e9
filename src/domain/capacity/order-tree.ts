/**
 * Rows kept in order, found by row and by place: who stands at place k, at which place stands x. A B+ tree whose nodes know
 * how many rows are below them, so everything is O(log n) in the worst case and without chance. (A treap is shorter, but
 * needs dice; a balanced binary tree visits five times as many nodes, and each is a cache miss.)
 *
 * The comparator must be a total order, and a row must not change in what it is compared by while it is in the tree.
 */
export interface OrderTree<Row> {
  size(): number
  /** @returns its place, from 0 */
  add(row: Row): number
  /** @returns the place it had; -1: it was not there */
  remove(row: Row): number
  /** Places from 0. */
  at(place: number): Row | undefined
  /** Its place, or where it would stand. */
  placeOf(row: Row): number
}

interface Leaf<Row> {
  kind: 'leaf'
  /** Divides its rows from those of the node before it: not above any of its own, above all before. */
  from: Row | undefined
  size: number
  rows: Row[]
}
interface Branch<Row> {
  kind: 'branch'
  from: Row | undefined
  size: number
  children: Tree<Row>[]
}
type Tree<Row> = Leaf<Row> | Branch<Row>

/** A node's rows or children. Found by `npm run bench -- capacity`: from 16 to 64 it makes little difference. */
const nodeMax = 32
/** A node with fewer looks for a neighbour to be merged with; far below half, so that no node is split and merged by turns. */
const nodeMin = nodeMax / 4

export function createOrderTree<Row>(compare: (a: Row, b: Row) => number): OrderTree<Row> {
  let root: Tree<Row> = { kind: 'leaf', from: undefined, size: 0, rows: [] }

  function add(row: Row): number {
    const place = placeOf(row)
    const right = addBelow(root, row)
    if (right !== undefined) {
      root = { kind: 'branch', from: undefined, size: root.size + right.size, children: [root, right] }
    }
    return place
  }

  /** @returns the node's new right neighbour, when it had to be split */
  function addBelow(node: Tree<Row>, row: Row): Tree<Row> | undefined {
    node.size += 1
    if (node.kind === 'leaf') {
      node.rows.splice(indexIn(node.rows, row), 0, row)
      return node.rows.length > nodeMax ? splitLeaf(node) : undefined
    }
    const index = childFor(node, row)
    const right = addBelow(childAt(node, index), row)
    if (right === undefined) return undefined
    node.children.splice(index + 1, 0, right)
    return node.children.length > nodeMax ? splitBranch(node) : undefined
  }

  function remove(row: Row): number {
    const place = placeOf(row)
    if (!removeBelow(root, row)) return -1
    if (root.kind === 'branch' && root.children.length === 1) root = childAt(root, 0)
    return place
  }

  function removeBelow(node: Tree<Row>, row: Row): boolean {
    if (node.kind === 'leaf') {
      const index = indexIn(node.rows, row)
      const found = node.rows[index]
      if (found === undefined || compare(found, row) !== 0) return false
      node.rows.splice(index, 1)
    } else {
      const index = childFor(node, row)
      const child = childAt(node, index)
      if (!removeBelow(child, row)) return false
      if (lengthOf(child) < nodeMin) mergeAround(node, index)
    }
    node.size -= 1
    return true
  }

  function at(place: number): Row | undefined {
    let node = root
    let left = place
    while (node.kind === 'branch') {
      let index = 0
      let child = childAt(node, 0)
      while (left >= child.size && index < node.children.length - 1) {
        left -= child.size
        index += 1
        child = childAt(node, index)
      }
      node = child
    }
    return node.rows[left]
  }

  function placeOf(row: Row): number {
    let node = root
    let before = 0
    while (node.kind === 'branch') {
      const index = childFor(node, row)
      for (let left = 0; left < index; left += 1) before += childAt(node, left).size
      node = childAt(node, index)
    }
    return before + indexIn(node.rows, row)
  }

  /** How many of the sorted rows stand before this one. */
  function indexIn(rows: readonly Row[], row: Row): number {
    let [low, high] = [0, rows.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(rows[middle] as Row, row) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The last child that begins at or before the row; the first has no lower end. */
  function childFor(node: Branch<Row>, row: Row): number {
    let [low, high] = [0, node.children.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (compare(childAt(node, middle).from as Row, row) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }

  return { size: () => root.size, add, remove, at, placeOf }
}

function splitLeaf<Row>(node: Leaf<Row>): Leaf<Row> {
  const rows = node.rows.splice(node.rows.length >>> 1)
  node.size = node.rows.length
  return { kind: 'leaf', from: rows[0], size: rows.length, rows }
}

function splitBranch<Row>(node: Branch<Row>): Branch<Row> {
  const children = node.children.splice(node.children.length >>> 1)
  node.size = sizeOf(node.children)
  return { kind: 'branch', from: children[0]?.from, size: sizeOf(children), children }
}

/** Puts the small child and a neighbour into one node, when they fit; an empty one always does. */
function mergeAround<Row>(node: Branch<Row>, index: number): void {
  for (const left of [index - 1, index]) {
    const [a, b] = [node.children[left], node.children[left + 1]]
    if (a === undefined || b === undefined || lengthOf(a) + lengthOf(b) > nodeMax) continue
    absorb(a, b)
    node.children.splice(left + 1, 1)
    return
  }
}

function absorb<Row>(left: Tree<Row>, right: Tree<Row>): void {
  left.size += right.size
  if (left.kind === 'leaf' && right.kind === 'leaf') left.rows.push(...right.rows)
  if (left.kind === 'branch' && right.kind === 'branch') {
    // A first child's own beginning may be long outdated; its parent's is the true one.
    childAt(right, 0).from = right.from
    left.children.push(...right.children)
  }
}

const lengthOf = <Row>(node: Tree<Row>): number =>
  node.kind === 'leaf' ? node.rows.length : node.children.length

const childAt = <Row>(node: Branch<Row>, index: number): Tree<Row> => node.children[index] as Tree<Row>

const sizeOf = <Row>(nodes: readonly Tree<Row>[]): number => nodes.reduce((sum, node) => sum + node.size, 0)
