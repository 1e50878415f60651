import { config } from 'zod'

// zod tries to compile schemas with `new Function`, and the content security policy, which forbids it, would report each
// visit as a violation. Schemas are made when their modules load, so this has to be said before the application does.
config({ jitless: true })
await import('./app.tsx')
