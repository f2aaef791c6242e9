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
  rows: Row[]
  keys: number[]
}
/** What is told of a child stands beside the others' and not in it: finding the way touches no other node. */
interface Branch<Row> {
  kind: 'branch'
  children: Tree<Row>[]
  /** Rows below each. */
  sizes: number[]
  /** Divides each from the one before: not above any row of its own, above all before. The first one's means nothing. */
  starts: Row[]
  startKeys: number[]
}
type Tree<Row> = Leaf<Row> | Branch<Row>

/** The right half of a node that was split. */
interface Half<Row> {
  node: Tree<Row>
  start: Row
  startKey: number
}

/** A node's rows or children. `npm run bench -- capacity`: from 16 to 64 it makes little difference. */
const nodeMax = 32
/** A node with fewer looks for a neighbour to be merged with; far below half, so that no node is split and merged by turns. */
const nodeMin = nodeMax / 4

/** @param keyOf never less for a row that comes later; where it is the same, `compare` decides */
export function createOrderTree<Row>(
  compare: (a: Row, b: Row) => number,
  keyOf: (row: Row) => number,
): OrderTree<Row> {
  let root: Tree<Row> = { kind: 'leaf', rows: [], keys: [] }
  let size = 0
  /** Of the row last added or removed. */
  let place = 0

  function add(row: Row): number {
    place = 0
    const key = keyOf(row)
    const half = addBelow(root, row, key)
    size += 1
    if (half !== undefined) {
      const left = root
      const sizes = [sizeOf(left), sizeOf(half.node)]
      const [starts, startKeys] = [
        [row, half.start],
        [key, half.startKey],
      ]
      root = { kind: 'branch', children: [left, half.node], sizes, starts, startKeys }
    }
    return place
  }

  /** @returns its new right neighbour, when it had to be split */
  function addBelow(node: Tree<Row>, row: Row, key: number): Half<Row> | undefined {
    if (node.kind === 'leaf') {
      const index = indexIn(node, row, key)
      place += index
      node.rows.splice(index, 0, row)
      node.keys.splice(index, 0, key)
      return node.rows.length > nodeMax ? splitLeaf(node) : undefined
    }
    const index = childFor(node, row, key)
    place += sizeBefore(node, index)
    const half = addBelow(childAt(node, index), row, key)
    node.sizes[index] = (node.sizes[index] ?? 0) + 1
    if (half === undefined) return undefined
    putBeside(node, index, half)
    return node.children.length > nodeMax ? splitBranch(node) : undefined
  }

  function remove(row: Row): number {
    place = 0
    if (!removeBelow(root, row, keyOf(row))) return -1
    size -= 1
    if (root.kind === 'branch' && root.children.length === 1) root = childAt(root, 0)
    return place
  }

  function removeBelow(node: Tree<Row>, row: Row, key: number): boolean {
    if (node.kind === 'leaf') {
      const index = indexIn(node, row, key)
      const found = node.rows[index]
      if (found === undefined || compare(found, row) !== 0) return false
      place += index
      node.rows.splice(index, 1)
      node.keys.splice(index, 1)
      return true
    }
    const index = childFor(node, row, key)
    const child = childAt(node, index)
    place += sizeBefore(node, index)
    if (!removeBelow(child, row, key)) return false
    node.sizes[index] = (node.sizes[index] ?? 0) - 1
    if (lengthOf(child) < nodeMin) mergeAround(node, index)
    return true
  }

  function at(wanted: number): Row | undefined {
    let node = root
    let left = wanted
    while (node.kind === 'branch') {
      let index = 0
      for (; index < node.sizes.length - 1; index += 1) {
        const below = node.sizes[index] as number
        if (left < below) break
        left -= below
      }
      node = childAt(node, index)
    }
    return node.rows[left]
  }

  function placeOf(row: Row): number {
    const key = keyOf(row)
    let node = root
    let before = 0
    while (node.kind === 'branch') {
      const index = childFor(node, row, key)
      before += sizeBefore(node, index)
      node = childAt(node, index)
    }
    return before + indexIn(node, row, key)
  }

  /** How many of the sorted rows stand before this one. */
  function indexIn({ rows, keys }: Leaf<Row>, row: Row, key: number): number {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (order(keys[middle] as number, key, rows[middle] as Row, row) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Of what stands at a middle and what is looked for. The rows themselves are only touched when their keys are equal. */
  function order(keyA: number, keyB: number, a: Row, b: Row): number {
    return keyA === keyB ? compare(a, b) : keyA - keyB
  }

  /** The last child that begins at or before the row; the first has no lower end. */
  function childFor({ children, starts, startKeys }: Branch<Row>, row: Row, key: number): number {
    let low = 0
    let high = children.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (order(startKeys[middle] as number, key, starts[middle] as Row, row) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }

  return { size: () => size, add, remove, at, placeOf }
}

function splitLeaf<Row>(node: Leaf<Row>): Half<Row> {
  const from = node.rows.length >>> 1
  const rows = node.rows.splice(from)
  const keys = node.keys.splice(from)
  return { node: { kind: 'leaf', rows, keys }, start: rows[0] as Row, startKey: keys[0] as number }
}

function splitBranch<Row>(node: Branch<Row>): Half<Row> {
  const from = node.children.length >>> 1
  const starts = node.starts.splice(from)
  const startKeys = node.startKeys.splice(from)
  const right: Branch<Row> = {
    kind: 'branch',
    children: node.children.splice(from),
    sizes: node.sizes.splice(from),
    starts,
    startKeys,
  }
  return { node: right, start: starts[0] as Row, startKey: startKeys[0] as number }
}

function putBeside<Row>(node: Branch<Row>, index: number, { node: right, start, startKey }: Half<Row>): void {
  node.children.splice(index + 1, 0, right)
  node.starts.splice(index + 1, 0, start)
  node.startKeys.splice(index + 1, 0, startKey)
  node.sizes.splice(index, 1, sizeOf(childAt(node, index)), sizeOf(right))
}

/** Puts the small child and a neighbour into one node, when they fit; an empty one always does. */
function mergeAround<Row>(node: Branch<Row>, index: number): void {
  for (const left of [index - 1, index]) {
    const [a, b] = [node.children[left], node.children[left + 1]]
    if (a === undefined || b === undefined || lengthOf(a) + lengthOf(b) > nodeMax) continue
    node.children.splice(left + 1, 1)
    absorb(a, b, node.starts.splice(left + 1, 1), node.startKeys.splice(left + 1, 1))
    node.sizes.splice(left, 2, (node.sizes[left] ?? 0) + (node.sizes[left + 1] ?? 0))
    return
  }
}

/** @param start of the right one: the first start within it means nothing */
function absorb<Row>(left: Tree<Row>, right: Tree<Row>, start: readonly Row[], key: readonly number[]): void {
  if (left.kind === 'leaf' && right.kind === 'leaf') {
    left.rows.push(...right.rows)
    left.keys.push(...right.keys)
  }
  if (left.kind === 'branch' && right.kind === 'branch') {
    left.children.push(...right.children)
    left.sizes.push(...right.sizes)
    left.starts.push(...start, ...right.starts.slice(1))
    left.startKeys.push(...key, ...right.startKeys.slice(1))
  }
}

function sizeBefore<Row>(node: Branch<Row>, index: number): number {
  let sum = 0
  for (let left = 0; left < index; left += 1) sum += node.sizes[left] as number
  return sum
}

function sizeOf<Row>(node: Tree<Row>): number {
  return node.kind === 'leaf' ? node.rows.length : sizeBefore(node, node.sizes.length)
}

const lengthOf = <Row>(node: Tree<Row>): number =>
  node.kind === 'leaf' ? node.rows.length : node.children.length

const childAt = <Row>(node: Branch<Row>, index: number): Tree<Row> => node.children[index] as Tree<Row>
