const storageKey = 'neonhub.organization'

/** The organization that this browser acts in, kept between visits. */
export interface OrganizationChoice {
  readonly current: () => string | undefined
  readonly choose: (organizationId: string | undefined) => void
}

/** Keeps the choice in memory and, where the browser lets us, in its storage. */
export function createOrganizationChoice(storage: Storage): OrganizationChoice {
  let chosen = storage.getItem(storageKey) ?? undefined
  return {
    current: () => chosen,
    choose(organizationId) {
      chosen = organizationId
      if (organizationId === undefined) storage.removeItem(storageKey)
      else storage.setItem(storageKey, organizationId)
    },
  }
}
