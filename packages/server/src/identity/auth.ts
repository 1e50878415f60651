import { betterAuth } from 'better-auth'
import { organization, twoFactor } from 'better-auth/plugins'
import { deriveKey } from '../base/derive-key.ts'
import { newId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Database } from '../db/index.ts'
import { systemDialect } from '../db/system.ts'
import { auditTwoFactor } from './audit-two-factor.ts'
import { refuseUninvited, requireInvitation } from './invitation-gate.ts'

export interface AuthOptions {
  readonly database: Database
  readonly masterKey: Uint8Array
  /** Where browsers reach this server, without a path. Cookies are secure where it is https. */
  readonly publicUrl: string
  /** Further origins that may sign in, such as the other name of the loopback address. */
  readonly trustedOrigins: readonly string[]
  readonly logger: Logger
}

const moments = { createdAt: 'created_at', updatedAt: 'updated_at' } as const

/** The header in which the server tells better-auth whence a request came. A value from outside is thrown away. */
export const clientAddressHeader = 'x-neonhub-client-address'

/** Sign-in, second factors and sessions by better-auth, on our tables, as the role that may cross organizations. */
export function createAuth({ database, masterKey, publicUrl, trustedOrigins, logger }: AuthOptions) {
  return betterAuth({
    appName: 'NeonHub',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret: deriveKey(masterKey, 'sessions').toString('base64'),
    trustedOrigins: [...trustedOrigins],
    database: { dialect: systemDialect(database), type: 'postgres' },
    logger: { log: (level, message) => logger[level]({ room: 'identity' }, message) },
    telemetry: { enabled: false },
    // The limiter of the HTTP pipeline stands in front, shared by the fleet.
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true, minPasswordLength: 10, autoSignIn: true },
    user: { modelName: 'users', fields: { ...moments, emailVerified: 'email_verified' } },
    session: {
      modelName: 'sessions',
      fields: {
        ...moments,
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        ...moments,
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    verification: { modelName: 'verification_tokens', fields: { ...moments, expiresAt: 'expires_at' } },
    advanced: {
      cookiePrefix: 'neonhub',
      useSecureCookies: publicUrl.startsWith('https:'),
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      database: { generateId: () => newId(), validateSchema: false },
    },
    hooks: { before: refuseUninvited(database), after: auditTwoFactor(database) },
    databaseHooks: { user: { create: { before: requireInvitation } } },
    plugins: [
      organization({
        // Here it only keeps which organization a session acts in. Members are changed by our own routes, which hold
        // under concurrency and know the organizations' own roles.
        allowUserToCreateOrganization: false,
        disableOrganizationDeletion: true,
        schema: {
          session: { fields: { activeOrganizationId: 'active_organization_id' } },
          organization: { modelName: 'organizations', fields: moments },
          member: {
            modelName: 'organization_members',
            fields: { organizationId: 'organization_id', userId: 'user_id', createdAt: 'created_at' },
          },
          invitation: {
            modelName: 'invitations',
            fields: {
              organizationId: 'organization_id',
              inviterId: 'inviter_id',
              expiresAt: 'expires_at',
              createdAt: 'created_at',
            },
          },
        },
      }),
      twoFactor({
        // A code that was guessed ten times in a row is looked at no more for a quarter of an hour, across sign-ins.
        accountLockout: { maxFailedAttempts: 10, durationSeconds: 900 },
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factors',
            fields: {
              userId: 'user_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
    ],
  })
}

export type Auth = ReturnType<typeof createAuth>
