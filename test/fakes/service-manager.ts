import type { ServiceManager, ServiceNews } from '../../src/ports/service-manager.ts'

export interface FakeServiceManager extends ServiceManager {
  /** All that it was told, oldest first. */
  readonly news: ServiceNews[]
  /** Whether it would be given a sign of life now; null: nobody has begun to. */
  petted(): boolean | null
}

/** A manager that listens. */
export function fakeServiceManager(name: string | null = null): FakeServiceManager {
  const news: ServiceNews[] = []
  let complaint: (() => string | null) | null = null
  return {
    name,
    news,
    tell: (one) => void news.push(one),
    watch(complains) {
      complaint = complains
      return { stop: () => void (complaint = null) }
    },
    petted: () => (complaint === null ? null : complaint() === null),
  }
}
