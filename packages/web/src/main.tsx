// oxlint-disable-next-line import/no-unassigned-import -- it is imported for what it sets
import './zod-without-eval.ts'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './global.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createApi } from './api/api-client.ts'
import { createOrganizationChoice } from './api/organization-choice.ts'
import { createQueryClient } from './api/query-client.ts'
import { createSession } from './api/session.ts'
import { type Services, ServicesContext } from './api/use-api.ts'
import { createAppRouter } from './router.tsx'
import { theme } from './theme.ts'

const fetchHere: typeof fetch = (input, init) => window.fetch(input, init)
const organizationChoice = createOrganizationChoice(window.localStorage)
const services: Services = {
  api: createApi({ fetch: fetchHere, organization: organizationChoice.current }),
  session: createSession({ fetch: fetchHere }),
  organizationChoice,
}
const queryClient = createQueryClient({
  onSignedOut: () => {
    queryClient.removeQueries({ queryKey: ['me'] })
    // The guard of the pages asks again who is signed in, and leads to the sign-in.
    void router.invalidate()
  },
})
const router = createAppRouter({ ...services, queryClient })

const root = document.getElementById('root')
if (!root) throw new TypeError('index.html has no element with the id root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      {/* On the left, where they cover neither the details of a trace nor its buttons. */}
      <Notifications position="bottom-left" />
      <ServicesContext value={services}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ServicesContext>
    </MantineProvider>
  </StrictMode>,
)
