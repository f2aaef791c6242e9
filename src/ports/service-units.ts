/** Services of this machine's manager (systemd), as a health check finds them. Nothing here throws. */
export interface ServiceUnits {
  /** Null: there is no such unit, or no manager that could be asked. */
  find(unit: string): Promise<ServiceUnit | null>
  /** Null when it is done, else why not. */
  restart(unit: ServiceUnit): Promise<string | null>
}

export interface ServiceUnit {
  name: string
  /** Of the machine, or of this account's own manager. */
  scope: 'system' | 'user'
  /** As systemd says: `active`, `activating` (it is at it), `failed`, `inactive` (stopped, or never started), … */
  state: string
}
