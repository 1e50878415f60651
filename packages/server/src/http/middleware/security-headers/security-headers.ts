import { secureHeaders } from 'hono/secure-headers'

const self = "'self'"
const none = "'none'"

/**
 * Headers for an API and a page of its own scripts: nothing from elsewhere, and nobody may frame it. What a handler has
 * set itself stays: a file that somebody uploaded is allowed less than a page.
 */
export function securityHeaders(publicUrl: string) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: [self],
      scriptSrc: [self],
      // The component library and the API's reference set styles on elements.
      styleSrc: [self, "'unsafe-inline'"],
      imgSrc: [self, 'data:'],
      fontSrc: [self, 'data:'],
      connectSrc: [self],
      objectSrc: [none],
      baseUri: [none],
      formAction: [self],
      frameAncestors: [none],
    },
    overwrite: false,
    xFrameOptions: 'DENY',
    referrerPolicy: 'strict-origin-when-cross-origin',
    // Only where browsers come by https: on http://localhost it would lock the developer's other servers out.
    strictTransportSecurity: publicUrl.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : false,
  })
}
