/**
 * The schema's history: element n takes the file from version n to n + 1 (`PRAGMA user_version`). Never edited once
 * released, only added to.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE workers (
    instance_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    slot INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;

  CREATE TABLE buckets (
    task_id INTEGER PRIMARY KEY,
    tokens REAL NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE documents (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  -- AUTOINCREMENT keeps the highest id in sqlite_sequence, by which verify notices entries cut off at the end.
  CREATE TABLE ledger_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    level TEXT NOT NULL,
    actor TEXT NOT NULL,
    task_id INTEGER,
    worker TEXT,
    message TEXT NOT NULL,
    data TEXT,
    dedupe_key TEXT UNIQUE,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX ledger_entries_created_at ON ledger_entries (created_at);
  CREATE INDEX ledger_entries_event_type ON ledger_entries (event_type, id);
  CREATE INDEX ledger_entries_task ON ledger_entries (task_id, id) WHERE task_id IS NOT NULL;
  CREATE INDEX ledger_entries_errors ON ledger_entries (id) WHERE level = 'error';
  CREATE INDEX ledger_entries_warnings ON ledger_entries (id) WHERE level = 'warn';

  -- Pruning leaves one of these: the entries up to this id may go, the chain goes on from this hash.
  CREATE TABLE ledger_checkpoints (
    up_to_id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never changed'); END;

  CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
  WHEN OLD.id > coalesce((SELECT max(up_to_id) FROM ledger_checkpoints), 0)
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: only entries before a checkpoint are pruned'); END;

  CREATE TRIGGER ledger_checkpoints_true BEFORE INSERT ON ledger_checkpoints
  WHEN NOT EXISTS (SELECT 1 FROM ledger_entries WHERE id = NEW.up_to_id AND hash = NEW.hash)
  BEGIN SELECT RAISE(ABORT, 'a checkpoint repeats id and hash of an entry'); END;

  CREATE TRIGGER ledger_checkpoints_no_update BEFORE UPDATE ON ledger_checkpoints
  BEGIN SELECT RAISE(ABORT, 'checkpoints are never changed'); END;

  CREATE TRIGGER ledger_checkpoints_no_delete BEFORE DELETE ON ledger_checkpoints
  WHEN OLD.up_to_id = (SELECT max(up_to_id) FROM ledger_checkpoints)
  BEGIN SELECT RAISE(ABORT, 'the last checkpoint is what the chain starts from'); END;
  `,
  `
  -- The node's copy of the dead letters and its own; a letter is JSON, what is asked for lies beside it.
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    jr_name TEXT,
    died_at INTEGER NOT NULL,
    words TEXT NOT NULL,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dead_letters_died_at ON dead_letters (died_at);
  `,
]
