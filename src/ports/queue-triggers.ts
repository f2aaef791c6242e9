/** The triggers on the queue's table, without which changes are neither recorded nor told. */
export interface QueueTriggers {
  /**
   * Those that do not fire, in words: `jr_after_update (disabled)`. Empty: all is well. One look into the catalog.
   * @throws OperationalError when the database is out of reach
   */
  silent(): Promise<string[]>
}
