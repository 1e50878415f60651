import { createContext, use } from 'react'
import type { ApiClient } from './api-client.ts'
import type { OrganizationChoice } from './organization-choice.ts'
import type { SessionClient } from './session.ts'

/** What the pages reach the server through. */
export interface Services {
  readonly api: ApiClient
  readonly session: SessionClient
  readonly organizationChoice: OrganizationChoice
}

export const ServicesContext = createContext<Services | undefined>(undefined)

/** The services of the application. Throws outside of `ServicesContext`. */
export function useServices(): Services {
  const services = use(ServicesContext)
  if (!services) throw new TypeError('useServices is called outside of ServicesContext')
  return services
}
