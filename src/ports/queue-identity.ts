/** Which queue the database holds. */
export interface QueueIdentity {
  /**
   * Its id, made once by the migration and carried along by every backup of it, and the newest event it has (null: none
   * is left). One small look.
   * @throws OperationalError when the database is out of reach
   */
  read(): Promise<{ id: string; newestEventId: number | null }>
}
